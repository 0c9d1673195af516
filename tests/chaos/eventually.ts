/** Waits for a condition that must come true; fails with its name after `withinMs`. What the condition throws is thrown. */
export async function eventually(
  name: string,
  condition: () => boolean | Promise<boolean>,
  { withinMs = 180_000, everyMs = 20 } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${withinMs / 1_000} s in vain: ${name}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
