// An option is JSON and holds no functions. Those that pictures need have names: {"renderItem": "$span"}.

// A bar from `encode.x`'s first value to its second, in the row of `encode.y`: stages over time.
const span = (params, api) => {
  const [from, to] = [api.value(0), api.value(1)]
  const start = api.coord([from, api.value(2)])
  const end = api.coord([to, api.value(2)])
  const height = Math.min(api.size([0, 1])[1] * 0.6, 22)
  const area = params.coordSys
  const left = Math.max(start[0], area.x)
  const right = Math.min(Math.max(end[0], start[0] + 2), area.x + area.width)
  return right <= left ? null : {
    type: 'rect',
    shape: { x: left, y: start[1] - height / 2, width: right - left, height, r: 2 },
    style: { fill: api.visual('color'), opacity: 0.9 }
  }
}

const RENDERERS = { $span: span }

export const named = (option) => ({
  ...option,
  series: (Array.isArray(option.series) ? option.series : option.series ? [option.series] : []).map((each) =>
    each.renderItem ? { ...each, renderItem: RENDERERS[each.renderItem] ?? (() => null) } : each)
})
