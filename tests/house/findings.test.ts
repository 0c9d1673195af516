import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { repositoryFiles, ROOT, type SourceFile } from '../support/repository.ts'

// docs/security.md maps the findings of the review of 2026-11-30 to tests. Here they are by their titles, so that none is lost with a rename.

const range = (letter: string, last: number) => Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)
const FINDINGS = ['C1', ...range('H', 7), ...range('M', 18), ...range('L', 11)]

const SANDBOX = 'tests/services/sandbox'
/** A file and a part of a title in it, by finding. */
const TESTS: Record<string, readonly (readonly [file: string, title: string])[]> = {
  C1: [
    [`${SANDBOX}/kernel-table.full.test.ts`, 'no call changes what the next program or the grader sees'],
    [`${SANDBOX}/slot-state.full.test.ts`, '%s: the slot ends, and the next program sees a fresh one'],
  ],
  H1: [[`${SANDBOX}/slot-state.full.test.ts`, 'is an outage for its caller, never a verdict']],
  H2: [['tests/workers/failures-arrive.test.ts', '%s arrives at the first attempt, readable, and the worker lives']],
  H3: [
    [`${SANDBOX}/grader.full.test.ts`, 'is undecided, and never a refusal'],
    ['tests/workers/any-text.test.ts', 'ends in data, and is harmless wherever it goes'],
  ],
  H4: [['tests/workers/watch-runs.test.ts', 'a run that stands still raises one alert']],
  H5: [['tests/services/model-server/tokenizer.test.ts', 'what somebody else wrote holds no control token']],
  H6: [['tests/workers/failures-arrive.test.ts', '%s arrives at the first attempt, readable, and the worker lives']],
  H7: [
    ['tests/services/artifact-store/large-tables.full.test.ts', 'longer than any string can be'],
    ['tests/services/artifact-store/parquet.test.ts', 'rows go to the disk as they come'],
    ['tests/activities/vote-on-tasks.test.ts', 'rollouts are read as their rows are written'],
    ['tests/activities/score-step.test.ts', 'samples are read as their rows are written'],
  ],
  M1: [[`${SANDBOX}/slot-state.full.test.ts`, 'output is read in pieces, with the limit looked at between them']],
  M2: [[`${SANDBOX}/sessions.full.test.ts`, 'block cannot say how another one ends']],
  M3: [[`${SANDBOX}/guards.full.test.ts`, '%s: the kernel shows it']],
  M4: [[`${SANDBOX}/streams.test.ts`, 'a slot belongs to the process that started it']],
  M5: [
    ['tests/contracts/text.test.ts', 'what goes out is well-formed, short and without controls'],
    ['tests/cli/runs/screen.test.ts', 'moves no cursor and writes no clipboard'],
  ],
  M6: [['tests/core/temporal-ui/current-details.test.ts', 'in a reason is text in the Temporal UI']],
  M7: [['tests/report/html-report.test.ts', 'would turn the line round, is a visible mark']],
  M8: [['tests/infra/supervisor/secrets.test.ts', 'it is in no argument, log or file but its own']],
  M9: [['ml/tests/test_http_guard.py', 'test_hostile_json_is_one_sentence_of_the_app']],
  M10: [['tests/services/clients.test.ts', 'an answer without end is an outage, and is not read to its end']],
  M11: [
    ['tests/services/artifact-store/folder.test.ts', 'that holds gigabytes in kilobytes is refused in little memory'],
  ],
  M12: [['tests/host/private-folder.test.ts', 'nobody else can hold our locks']],
  M13: [['tests/infra/supervisor/secrets.test.ts', 'they are in no argument, log, state file, nor on the screen']],
  M14: [['tests/services/alerts/alert-command.test.ts', 'a command is run for an alert that holds %s']],
  M15: [['tests/infra/setup/locks.test.ts', 'every package that any machine would install has its hash in the lock']],
  M16: [['tests/activities/vote-on-tasks.test.ts', 'asks for each pair once, over all attempts']],
  M17: [['ml/tests/test_shipped_model.py', 'test_measuring_runs_programs_where_they_reach_no_file_of_ours']],
  M18: [['tests/cli/read-config.test.ts', 'refused with its key, never used as something else']],
  L1: [['tests/infra/supervisor/state-file.test.ts', 'a report of any other shape is none']],
  L2: [['tests/services/artifact-store/folder.test.ts', 'is passed over by every listing, and gc names it']],
  L3: [['ml/tests/trainer/test_odd_files.py', 'test_as_batch_or_config_it_is_a_refusal']],
  L4: [['tests/services/artifact-store/journal.test.ts', 'a line with a right checksum']],
  L5: [[`${SANDBOX}/slot-state.full.test.ts`, 'a connection that keeps its port for a minute costs the slot']],
  L6: [
    [`${SANDBOX}/outages.full.test.ts`, 'two pools that begin with the same user never share one'],
    [`${SANDBOX}/slot-users.test.ts`, 'a user is held by one slot, in any process'],
  ],
  L7: [['tests/infra/supervisor/supervisor.test.ts', 'whose leader is gone']],
  L8: [['tests/services/artifact-store/garbage.test.ts', 'leaves nothing that the next one would throw away']],
  L11: [[`${SANDBOX}/grader.full.test.ts`, 'none is decided wrongly']],
  L9: [[`${SANDBOX}/suspects.test.ts`, 'however many texts end slots, it holds 10,000']],
}
/** A file of ours is gone, so there is nothing to test. */
const GONE = new Set(['L10'])

interface Row {
  findings: string[]
  /** Names of files in its last column, without their folders. */
  files: string[]
}

const rowsOf = (page: string): Row[] =>
  [...page.matchAll(/^\| ([A-Z]\d+[^|]*)\|[^|]*\|(.*)\|$/gm)].map(([, ids, tests]) => ({
    findings: ids!.match(/\b[A-Z]\d+\b/g)!,
    files: [...tests!.matchAll(/`([\w./-]+(?:\.test\.ts|\.py))`/g)].map(([, path]) => posix.basename(path!)),
  }))

/** What the page says to be open. */
const openIn = (page: string) => new Set(/^Still open:(.*(?:\n.+)*)/m.exec(page)?.[1]!.match(/\b[CHML]\d+\b/g))

function problems(page: string, files: readonly SourceFile[]): string[] {
  const [rows, open] = [rowsOf(page), openIn(page)]
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  return FINDINGS.flatMap((finding) => {
    if (open.has(finding)) return []
    const own = rows.filter(({ findings }) => findings.includes(finding))
    if (own.length === 0) return [`${finding} has no row`]
    if (GONE.has(finding)) return []
    const tests = TESTS[finding] ?? []
    const named = new Set(own.flatMap((row) => row.files))
    return [
      ...(tests.length === 0 ? [`${finding} has no test by its title`] : []),
      ...tests.flatMap(([path, title]) => [
        ...(texts.get(path)?.includes(title) ? [] : [`${finding}: ${path} has no test "${title}"`]),
        ...(named.has(posix.basename(path)) ? [] : [`${finding}: its row does not name ${path}`]),
      ]),
    ]
  })
}

const page = readFileSync(join(ROOT, 'docs', 'security.md'), 'utf8')
const files = repositoryFiles(['.ts', '.py'])

test('every finding of the review has a row in docs/security.md, and its test is there by its title', () => {
  expect(problems(page, files)).toEqual([])
})

test.each([
  ['a row that is lost', page.replace(/^\| M7 .*\n/m, ''), files, 'M7 has no row'],
  [
    'a test that is lost',
    page,
    files.filter(({ path }) => !path.endsWith('clients.test.ts')),
    'M10: tests/services/clients.test.ts has no test',
  ],
  [
    'a row with another file',
    page.replaceAll('html-report.test.ts', 'other.test.ts'),
    files,
    'M7: its row does not name',
  ],
])('planted, caught: %s', (_what, changed, some, problem) => {
  expect(problems(changed, some)).toContainEqual(expect.stringContaining(problem))
})
