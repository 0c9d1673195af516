import { table } from '../../host/table.ts'

test('columns line up, also where a cell holds what moves a cursor or ends a line', () => {
  const rows = [
    ['NAME', 'STATE'],
    ['a\u001b[31mb', 'up'],
    ['two\nlines', 'down\u001b]0;t\u0007'],
    ['p̂', '1'],
  ]
  expect(table(rows).split('\n')).toEqual([
    'NAME       STATE',
    'a␛[31mb    up',
    'two lines  down␛]0;t␇',
    'p̂          1',
  ])
})
