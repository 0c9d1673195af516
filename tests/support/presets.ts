import { parse } from 'yaml'
import { RunConfig } from '../../contracts/run-config.ts'
import { configFiles } from './config-files.ts'

export const PRESETS = ['paper', 'code', 'default'] as const

/** Text and parsed YAML of a file in configs/, by its name without the ending. */
export function configFile(name: string): { text: string; written: unknown } {
  const { text } = configFiles().find(({ path }) => path === `configs/${name}.yaml`)!
  return { text, written: parse(text) }
}

/** The resolved config of a preset. */
export function preset(name: (typeof PRESETS)[number]): RunConfig {
  return RunConfig.parse(configFile(name).written)
}
