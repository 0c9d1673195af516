import { parseSync } from '@swc/core'
import { posix } from 'node:path'
import type { SourceFile } from '../support/repository.ts'

/** One import, export-from or `import()` of a file. `types` when the whole declaration vanishes at run time. */
export interface ImportOf {
  from: string
  specifier: string
  kind: 'values' | 'types'
}

interface SyntaxNode {
  type?: string
  typeOnly?: boolean
  source?: { value?: string } | null
  callee?: { type?: string }
  arguments?: { expression?: { type?: string; value?: string } }[]
}

export function parse(file: SourceFile): unknown {
  return file.path.endsWith('.mjs')
    ? parseSync(file.text, { syntax: 'ecmascript', target: 'es2022' })
    : parseSync(file.text, { syntax: 'typescript', target: 'es2022' })
}

/** Calls `visit` for every node of a syntax tree, parents first. */
export function eachNode(tree: unknown, visit: (node: SyntaxNode & Record<string, unknown>) => void): void {
  if (Array.isArray(tree)) {
    for (const item of tree) eachNode(item, visit)
  } else if (tree !== null && typeof tree === 'object') {
    visit(tree as SyntaxNode & Record<string, unknown>)
    for (const value of Object.values(tree)) eachNode(value, visit)
  }
}

const DECLARATIONS = new Set(['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'])

/**
 * All imports of a file. Only the declaration's own `type` counts: `import { type A }` still loads the module under
 * `verbatimModuleSyntax`, so it is an import of values.
 */
export function importsOf(file: SourceFile): ImportOf[] {
  const found: ImportOf[] = []
  eachNode(parse(file), (node) => {
    if (DECLARATIONS.has(node.type ?? '') && typeof node.source?.value === 'string') {
      found.push({ from: file.path, specifier: node.source.value, kind: node.typeOnly === true ? 'types' : 'values' })
    }
    const argument = node.arguments?.[0]?.expression
    if (node.type === 'CallExpression' && node.callee?.type === 'Import' && argument?.value !== undefined) {
      found.push({ from: file.path, specifier: argument.value, kind: 'values' })
    }
  })
  return found
}

/** The repository path that a relative specifier means; packages and `node:` names stay as they are. */
export function targetOf(found: ImportOf): string {
  return found.specifier.startsWith('.')
    ? posix.normalize(posix.join(posix.dirname(found.from), found.specifier))
    : found.specifier
}
