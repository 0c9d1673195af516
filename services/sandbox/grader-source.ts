import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The modules of the grader's program, each before those that import it. */
const MODULES =
  'spelling units algebra cursor formula magnitude values regions shapes reading numbers_alike equality program'.split(
    ' ',
  )

function readModule(name: string): [name: string, source: string] {
  return [name, readFileSync(join(import.meta.dirname, 'grader', `${name}.py`), 'utf8')]
}

/**
 * The grader as one program, because a sandbox takes a text: each module is made before the next one imports it. Texts of
 * Python and JSON are written alike.
 */
export const GRADER_MODULES = `import json, sys, types
import mpmath
sys.set_int_max_str_digits(0)
for name, source in json.loads(${JSON.stringify(JSON.stringify(MODULES.map(readModule)))}):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
`
export const GRADER_PROGRAM = `${GRADER_MODULES}sys.modules["program"].main()\n`
