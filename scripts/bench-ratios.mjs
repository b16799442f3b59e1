// Compares the results of two builds.

/**
 * @param found results of rows, each with its `build` ('here' or 'there') and its `round`
 * @returns for each row that both builds have: the medians, and how many times as good `here` is, over all rounds and in the worst and best one
 */
export function ratiosOf(found) {
  const keys = [...new Set(found.map(({ bench, implementation }) => `${bench} ${implementation}`))]
  return keys.flatMap((key) => {
    const rows = found.filter(({ bench, implementation }) => `${bench} ${implementation}` === key)
    const of = (build) => rows.filter((row) => row.build === build)
    const [here, there] = [of('here'), of('there')]
    if (here.length === 0 || there.length === 0) return []
    const { bench, implementation, unit } = here[0]
    const better = (a, b) => unit === 'per s' ? a / b : b / a
    const inRounds = here.flatMap(({ round, median }) => {
      const beside = there.find((row) => row.round === round)
      return beside === undefined ? [] : [better(median, beside.median)]
    })
    const [hereMedian, thereMedian] = [here, there].map((all) => medianOf(all.map(({ median }) => median)))
    return [{
      bench, implementation, unit, here: Number(hereMedian.toPrecision(4)), there: Number(thereMedian.toPrecision(4)), ratio: better(hereMedian, thereMedian),
      lowest: Math.min(...inRounds), highest: Math.max(...inRounds), rounds: inRounds.length,
    }]
  })
}

function medianOf(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
