/** What bubblewrap cannot bound, each a sentence: part of the run record, and shown by `doctor`. */
export const NOT_GUARANTEED = [
  'no bound on the memory of all processes of a program together: each has its own',
  'no counter of kills for memory: a program killed for it shows as a crash',
  'no bound on the number of files in the temporary file system, only on their size',
  'programs can be run from the temporary file systems',
  'no share of the processor: a program can use every core until its time limit',
]
