/**
 * `npm run setup`, `npm test` and `npm run quickstart` all start here, on a bare checkout. Only this file is read by a Node
 * that is too old for the others, so it is written for Node 12.
 */
const version = process.versions.node
if (Number(version.split('.')[0]) < 20) {
  const command = `npm run ${process.argv[2] || 'quickstart'}`
  console.error(
    `✗ Node ${version} is too old, 20 or newer is needed: run "npx --yes --package=node@24 ${command}", which fetches ` +
      'one for this command alone, or install one.',
  )
  process.exitCode = 1
} else {
  void import('./set-up.mjs')
}
