/** A problem with its right answer, as a proposer is shown it. */
export interface ExampleProblem {
  /** What it is about, as the request for it says. */
  topic: string
  question: string
  answer: string
}

/** A field of mathematics: what a proposer can be asked for, and problems of it to show. */
export interface Field {
  topics: readonly string[]
  examples: readonly ExampleProblem[]
}

const { raw } = String

/**
 * Our own problems, in the fields that the paper's prompt names (table 7). They range from some steps of arithmetic to a
 * contest's first half, because a curriculum starts where the executor is. All answers are checked. The text is part of the
 * prompt variant `worked-examples`: what changes it is another variant.
 */
export const FIELDS: readonly Field[] = [
  {
    topics: [
      'ages of two brothers',
      'a rectangle whose sides are not known',
      'consecutive numbers',
      'a farm with two kinds of animals',
      'tickets at two prices',
      'a pattern of growing numbers',
    ],
    examples: [
      {
        topic: 'consecutive numbers',
        question:
          'The sum of three consecutive odd numbers is 15 less than four times the smallest of them. What is the largest of the three?',
        answer: '25',
      },
      {
        topic: 'a number that is changed step by step',
        question:
          'A positive number is doubled, 9 is subtracted, and the result is squared. This gives 121. What is the number?',
        answer: '10',
      },
      {
        topic: 'integers that satisfy an inequality',
        question: 'For how many integers $n$ is $n^2 - 10n + 16$ negative?',
        answer: '5',
      },
    ],
  },
  {
    topics: [
      'a large power and its last digits',
      'a number and its divisors',
      'lights that blink at different intervals',
      'a number with three digits',
      'tiles that cover a floor',
      'prime numbers in a range',
    ],
    examples: [
      {
        topic: 'a large power and a remainder',
        question: 'What is the remainder when $7^{100}$ is divided by 13?',
        answer: '9',
      },
      {
        topic: 'a number and its divisors',
        question: 'How many positive divisors of 720 are multiples of 6?',
        answer: '16',
      },
      {
        topic: 'a number with two remainders',
        question:
          'What is the smallest positive integer that leaves the remainder 3 when divided by 5 and the remainder 5 when divided by 7?',
        answer: '33',
      },
    ],
  },
  {
    topics: [
      'codes that are made of digits',
      'people who sit in a row',
      'a menu with several courses',
      'a robot that walks on a grid',
      'a committee that is chosen from two groups',
      'letters that are rearranged',
    ],
    examples: [
      {
        topic: 'codes that are made of digits',
        question: 'How many four-digit numbers have digits that strictly increase from left to right?',
        answer: '126',
      },
      {
        topic: 'books on a shelf',
        question:
          'In how many ways can 5 different books stand on a shelf if two of them, the atlas and the dictionary, must not be neighbours?',
        answer: '72',
      },
      {
        topic: 'subsets of a small set',
        question: raw`How many subsets of $\{1, 2, 3, 4, 5, 6, 7, 8\}$ contain at least one even number?`,
        answer: '240',
      },
    ],
  },
  {
    topics: [
      'two dice',
      'balls that are drawn from a bag',
      'a coin that is tossed several times',
      'cards with numbers on them',
      'a spinner with coloured fields',
      'a team that plays several games',
    ],
    examples: [
      {
        topic: 'two dice',
        question:
          'Two fair dice are rolled. What is the probability that the product of the two numbers is a multiple of 6?',
        answer: raw`\frac{5}{12}`,
      },
      {
        topic: 'balls that are drawn from a bag',
        question:
          'A bag holds 4 red and 6 blue balls. Three balls are drawn without replacement. What is the probability that exactly two of them are red?',
        answer: raw`\frac{3}{10}`,
      },
      {
        topic: 'a coin that is tossed several times',
        question: 'A fair coin is tossed 6 times. What is the probability that heads come up more often than tails?',
        answer: raw`\frac{11}{32}`,
      },
    ],
  },
  {
    topics: [
      'a garden with a path around it',
      'a ladder that leans against a wall',
      'points with coordinates',
      'a box and its volume',
      'a polygon with many sides',
      'two similar triangles',
    ],
    examples: [
      {
        topic: 'a rectangle',
        question: 'A rectangle has perimeter 46 and a diagonal of length 17. What is its area?',
        answer: '120',
      },
      {
        topic: 'a circle and a triangle',
        question:
          'A circle passes through the three corners of a triangle with sides 9, 12 and 15. What is the radius of the circle?',
        answer: raw`\frac{15}{2}`,
      },
      {
        topic: 'points with coordinates',
        question: 'What is the area of the triangle with corners $(1, 2)$, $(7, 2)$ and $(4, 10)$?',
        answer: '24',
      },
    ],
  },
  {
    topics: [
      'a shop with a sale',
      'two people who work together',
      'a train journey',
      'a recipe for more guests',
      'money that is shared in a ratio',
      'a savings plan',
    ],
    examples: [
      {
        topic: 'a shop with a sale',
        question:
          'A shop lowers the price of a coat by 20 % and then raises the new price by 15 %. The coat now costs 138 dollars. How many dollars did it cost at first?',
        answer: '150',
      },
      {
        topic: 'pages of a book',
        question:
          'Mara reads 12 pages of a book on the first day, and on each later day 3 pages more than on the day before. On which day does she finish the 210 pages?',
        answer: '9',
      },
      {
        topic: 'a train journey',
        question:
          'A train leaves a station at 9:15 and travels at 80 km per hour. A faster train leaves the station at 9:45 and follows it at 100 km per hour. How many minutes does the faster train need to catch up?',
        answer: '120',
      },
    ],
  },
  {
    topics: [
      'a list of test scores',
      'a list with an unknown number',
      'the ages in a club',
      'two classes and their averages',
      'temperatures of a week',
      'numbers whose mean is given',
    ],
    examples: [
      {
        topic: 'numbers whose mean is given',
        question:
          'The mean of five numbers is 18. When one of them is removed, the mean of the others is 16. Which number was removed?',
        answer: '26',
      },
      {
        topic: 'a list with an unknown number',
        question:
          'The numbers 4, 7, $x$, 11 and 15 stand in rising order, and their mean equals their median. What is $x$?',
        answer: raw`\frac{37}{4}`,
      },
      {
        topic: 'positive integers with a given median',
        question:
          'Seven positive integers have mean 6, median 5 and the single mode 3. What is the largest number that can be among them?',
        answer: '17',
      },
    ],
  },
  {
    topics: [
      'a box that is cut from a sheet of cardboard',
      'a line that touches a parabola',
      'a region between two curves',
      'a ball that is thrown upwards',
      'a tank that fills with water',
      'a fence around a field',
    ],
    examples: [
      {
        topic: 'a function with a greatest value',
        question: raw`What is the greatest value of $x(12 - x)^2$ for $0 \le x \le 12$?`,
        answer: '256',
      },
      {
        topic: 'a line that touches a parabola',
        question: 'The line $y = 4x + c$ touches the curve $y = x^2 + 1$. What is $c$?',
        answer: '-3',
      },
      {
        topic: 'a region between two curves',
        question: 'What is the area between the curves $y = x^2$ and $y = 2x$?',
        answer: raw`\frac{4}{3}`,
      },
    ],
  },
]
