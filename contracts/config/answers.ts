import { z } from 'zod'
import { ANSWER_RULES } from '../answer-rules.ts'

export const AnswersConfig = z
  .strictObject({
    percent: z
      .enum(['number', 'hundredth'])
      .default(ANSWER_RULES.percent)
      .describe('What 25% is beside an answer without a percent sign: `number` 25, `hundredth` 1/4. [D] number.'),
    units: z
      .enum(['optional', 'required'])
      .default(ANSWER_RULES.units)
      .describe('Whether 10 cm equals 10 (`optional`) or not (`required`). Never does it equal 10 km. [D] optional.'),
    decimals: z
      .enum(['exact', 'close'])
      .default(ANSWER_RULES.decimals)
      .describe(
        'Whether a rounded decimal is another number (`exact`, below 15 digits) or equals what is within 1e-4 of it (`close`). [D] exact.',
      ),
    letters: z
      .enum(['cased', 'uncased'])
      .default(ANSWER_RULES.letters)
      .describe('Whether the variables A and a are two (`cased`) or one (`uncased`). Words have no case. [D] cased.'),
  })
  .describe('When two answers are equal, where people decide differently: docs/answers.md.')

export type AnswersConfig = z.output<typeof AnswersConfig>
