import { repositoryFiles, type SourceFile } from '../support/repository.ts'
import { eachNode, parse } from './imports.ts'

const FILE_LINES_MAX = 400
const FUNCTION_LINES_MAX = 70
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression', 'ClassMethod'])

/** Lines that hold code: neither blank nor only a comment. */
function codeLines(text: string): number {
  return text.split('\n').filter((line) => !/^\s*($|\/\/|\/?\*|#)/.test(line)).length
}

function functionsOfTypeScript(file: SourceFile): number[] {
  const tree = parse(file) as { span: { start: number; end: number } }
  const bytes = Buffer.from(file.text)
  const spans: { start: number; end: number }[] = []
  eachNode(tree, (node) => {
    if (!FUNCTIONS.has(node.type ?? '')) return
    // A test suite's callback is a list of tests, not a function that somebody reads as one.
    const body = node['body'] as { span?: { start: number; end: number } } | null
    const span = (node['span'] ?? body?.span) as { start: number; end: number } | undefined
    if (span !== undefined) spans.push(span)
  })
  // swc counts positions over all files it has parsed, from the end of this file backwards to its start.
  const offset = tree.span.end - bytes.length
  return spans.map((span) => codeLines(bytes.subarray(span.start - offset, span.end - offset).toString()))
}

function functionsOfPython(file: SourceFile): number[] {
  const lines = file.text.split('\n')
  return lines.flatMap((line, index) => {
    const indent = /^(\s*)(async )?def /.exec(line)?.[1]
    if (indent === undefined) return []
    const rest = lines.slice(index + 1)
    const length = rest.findIndex(
      (next) => next.trim() !== '' && !next.startsWith(`${indent} `) && !next.startsWith(`${indent})`),
    )
    return [codeLines(lines.slice(index, length < 0 ? undefined : index + 1 + length).join('\n'))]
  })
}

function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const lines = file.text.split('\n').length - 1
    const found =
      lines > FILE_LINES_MAX ? [`${file.path}: ${lines} lines, ${FILE_LINES_MAX} at most: split it by idea`] : []
    const functions = file.path.endsWith('.py') ? functionsOfPython(file) : functionsOfTypeScript(file)
    const longest = Math.max(0, ...functions)
    if (longest > FUNCTION_LINES_MAX)
      found.push(`${file.path}: a function of ${longest} lines, ${FUNCTION_LINES_MAX} at most`)
    return found
  })
}

test('files and functions are short enough to read', () => {
  expect(violations(repositoryFiles(['.ts', '.mjs', '.py']))).toEqual([])
})

const statements = (count: number) => '  work()\n'.repeat(count)

test.each([
  ['a long file', { path: 'core/x.ts', text: '// line\n'.repeat(401) }],
  ['a long function', { path: 'core/x.ts', text: `export function f() {\n${statements(70)}}\n` }],
  [
    'a long arrow function',
    { path: 'core/x.ts', text: `const a = 'é'\nexport const f = () => {\n${statements(70)}}\n` },
  ],
  ['a long method', { path: 'infra/x.ts', text: `export class A {\n f() {\n${statements(70)} }\n}\n` }],
  ['a long Python function', { path: 'ml/x.py', text: `def f():\n${statements(70)}\nprint(1)\n` }],
])('planted, caught: %s', (_name, file) => {
  expect(violations([file])).toHaveLength(1)
})

test.each([
  [
    'comments and blank lines do not count',
    { path: 'core/x.ts', text: `function f() {\n${'  // why\n\n'.repeat(60)}}\n` },
  ],
  [
    'two Python functions are two',
    { path: 'x.py', text: `def f():\n${statements(60)}\n\ndef g():\n${statements(60)}` },
  ],
])('legal: %s', (_name, file) => {
  expect(violations([file])).toEqual([])
})
