/** Where a real part is absent, one test says so; it fails in CI, where set-up makes all of them. */
export function notRun(what: string): void {
  test(`NOT RUN, because it is not on this machine: ${what}`, () => {
    expect(process.env['CI']).not.toBe('true')
  })
}
