/** 97.5 % of a normal distribution lie below it. */
const Z = 1.959964

/**
 * Wilson's interval of a share, at 95 %: where the true share lies, given that `count` of `of` were counted. Unlike the usual
 * one it keeps within 0 and 1 and says something at 0 of n.
 */
export function wilsonInterval(count: number, of: number): { from: number; to: number } {
  if (of === 0) return { from: 0, to: 1 }
  const share = count / of
  const middle = share + Z ** 2 / (2 * of)
  const half = Z * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2))
  const scale = 1 + Z ** 2 / of
  return { from: Math.max(0, (middle - half) / scale), to: Math.min(1, (middle + half) / scale) }
}
