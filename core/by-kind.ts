/**
 * A function for every variant of a config, under the variant's kind. A new variant does not compile until it has its
 * function.
 */
export type ByKind<Config extends { kind: string }, Rest extends readonly unknown[], Result> = {
  readonly [Kind in Config['kind']]: (config: Extract<Config, { kind: Kind }>, ...rest: Rest) => Result
}

/** Calls the function of the config's own variant. */
export function callByKind<Config extends { kind: string }, Rest extends readonly unknown[], Result>(
  functions: ByKind<Config, Rest, Result>,
  config: Config,
  ...rest: Rest
): Result {
  const ofVariant = functions[config.kind as Config['kind']] as (config: Config, ...rest: Rest) => Result
  return ofVariant(config, ...rest)
}
