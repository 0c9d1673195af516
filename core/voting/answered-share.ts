import type { Vote } from '../../contracts/vote.ts'

/** The share of the rollouts of a vote that gave an answer, 0 to 1; 1 where there was no vote to abstain from. */
export function answeredShare(vote: Pick<Vote, 'size' | 'abstained'> | null | undefined): number {
  return vote == null ? 1 : 1 - vote.abstained / vote.size
}
