// The page's own colours and type, from its CSS variables, so that charts follow light and dark.

const NAMES = ['ink', 'muted', 'line', 'surface', 'raised', 'page', 'accent', 'tint', 'good', 'fair', 'bad']

// Asked of an element, since a variable holds both colours, for light and for dark.
export const palette = () => {
  const probe = document.body.appendChild(document.createElement('span'))
  const found = NAMES.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color]
  })
  probe.remove()
  return Object.fromEntries(found)
}

// "$good" anywhere in an option is the page's colour of that name.
export const inColours = (value, colours) => {
  if (typeof value === 'string') return value[0] === '$' && colours[value.slice(1)] ? colours[value.slice(1)] : value
  if (Array.isArray(value)) return value.map((each) => inColours(each, colours))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) =>
    [key, key === 'source' ? each : inColours(each, colours)])) // data may begin with a $
}

const many = (value) => (Array.isArray(value) ? value : value ? [value] : [])
const numbers = new Intl.NumberFormat(document.documentElement.lang || 'en', { maximumFractionDigits: 2 })
const written = (value) => (typeof value === 'number' ? numbers.format(value) : value ?? '–')

// What every chart shares; an option that says otherwise is heeded.
export const look = (option, colours) => {
  const text = { color: colours.muted, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 }
  const axis = (given) => ({
    ...given,
    axisLabel: { ...text, hideOverlap: true, ...(given.type === 'value' || !given.type ? { formatter: written } : {}), ...given.axisLabel },
    nameTextStyle: { ...text, ...given.nameTextStyle },
    axisLine: { lineStyle: { color: colours.line }, ...given.axisLine },
    axisTick: { show: false, ...given.axisTick },
    splitLine: { show: given.type === 'value', lineStyle: { color: colours.line }, ...given.splitLine }
  })
  const series = many(option.series)
  return {
    animationDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 250,
    textStyle: text,
    color: [colours.accent, colours.fair, colours.good, colours.bad, colours.muted],
    ...option,
    grid: many(option.grid ?? {}).map((grid) => ({ left: 4, right: 8, top: option.legend ? 32 : 12, bottom: 4, outerBoundsMode: 'same', ...grid })),
    xAxis: many(option.xAxis).map(axis),
    yAxis: many(option.yAxis).map(axis),
    legend: option.legend && { top: 0, right: 0, itemWidth: 14, itemHeight: 8, ...option.legend, textStyle: { ...text, ...option.legend.textStyle } },
    tooltip: {
      trigger: series.some((each) => each.type === 'scatter' || each.type === 'heatmap') ? 'item' : 'axis',
      valueFormatter: written,
      backgroundColor: colours.surface,
      borderColor: colours.line,
      textStyle: { ...text, color: colours.ink },
      axisPointer: { lineStyle: { color: colours.muted }, label: { show: false } },
      ...option.tooltip,
      renderMode: 'richText', // drawn, not HTML: no style attributes, and what was tracked stays text
      confine: true
    }
  }
}
