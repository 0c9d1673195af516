import { repositoryFiles, type SourceFile } from './repository.ts'

/** The config files that tests load: all of configs/ in the formats that `agent0 start` reads. */
export function configFiles(): SourceFile[] {
  return repositoryFiles(['.yaml', '.yml', '.json']).filter((file) => file.path.startsWith('configs/'))
}
