import type { HostileProgram } from './hostile-program.ts'

/** What honest programs do: a sandbox that refuses it is wrong too. */
export const honestPrograms: HostileProgram[] = [
  {
    name: 'honest: a pool of processes',
    source:
      'from multiprocessing import Pool\ndef double(x): return 2 * x\nwith Pool(2) as pool: print(pool.map(double, [1, 2, 3]))',
    ends: ['ok'],
    prints: '[2, 4, 6]\n',
  },
  {
    name: 'honest: a Python of its own',
    source: 'import subprocess, sys\nprint(subprocess.check_output([sys.executable, "-c", "print(42)"]))',
    ends: ['ok'],
    prints: "b'42\\n'\n",
  },
  {
    name: 'honest: threads',
    source:
      'from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(4) as pool: print(sum(pool.map(abs, [-1, -2])))',
    ends: ['ok'],
    prints: '3\n',
  },
  {
    name: 'honest: asyncio',
    source:
      'import asyncio\nasync def main():\n    await asyncio.sleep(0.01)\n    return 42\nprint(asyncio.run(main()))',
    ends: ['ok'],
    prints: '42\n',
  },
  {
    name: 'honest: temporary files',
    source:
      'import tempfile\nwith tempfile.NamedTemporaryFile("w+") as file:\n    file.write("x")\n    file.seek(0)\n    print(file.read())',
    ends: ['ok'],
    prints: 'x\n',
  },
  {
    name: 'honest: a numpy product',
    source: 'import numpy\nprint((numpy.ones((500, 500)) @ numpy.ones((500, 500)))[0, 0])',
    ends: ['ok'],
    prints: '500.0\n',
  },
  {
    // sympy's docstrings are empty here; numpy.ma refuses to load without those of numpy.
    name: 'honest: packages that cut pieces out of docstrings',
    source:
      'import pkgutil, sympy, numpy.ma\nfound = {module.name for module in pkgutil.walk_packages(sympy.__path__, "sympy.")}\nprint("sympy.vector" in found, "sympy.physics.mechanics" in found, sympy.solve.__doc__ == "")',
    ends: ['ok'],
    prints: 'True True True\n',
  },
  {
    name: 'what is overwritten is whole again for the next',
    source:
      'import builtins, sys, math\nmath.sqrt = builtins.sum = None\nsys.modules.clear()\nbuiltins.print = lambda *_: None',
    ends: ['ok', 'error'],
  },
]
