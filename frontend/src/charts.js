// Draws the figures that the template tag `chart` wrote: an ECharts option as JSON, in the colours of the page.
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts'
import {
  DatasetComponent, GridComponent, LegendComponent, MarkAreaComponent, MarkLineComponent, MarkPointComponent,
  TooltipComponent, TransformComponent, VisualMapComponent
} from 'echarts/components'
import { init, registerLocale, use } from 'echarts/core'
import DE from 'echarts/i18n/langDE-obj.js'
import { CanvasRenderer } from 'echarts/renderers'
import { named } from './renderers.js'
import { inColours, look, palette } from './theme.js'

use([
  BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, DatasetComponent, GridComponent, LegendComponent,
  MarkAreaComponent, MarkLineComponent, MarkPointComponent, TooltipComponent, TransformComponent,
  VisualMapComponent, CanvasRenderer
])
registerLocale('DE', DE)

const drawn = new Map()
const locale = document.documentElement.lang.toUpperCase().startsWith('DE') ? 'DE' : 'EN'
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) drawn.get(target)?.chart.resize()
})

const paint = ({ chart, option }) => {
  const colours = palette()
  chart.setOption(named(inColours(look(option, colours), colours), colours), { notMerge: true })
}

export const draw = (root) => {
  for (const figure of root.querySelectorAll('figure.chart')) {
    const place = figure.querySelector('.chart-place')
    const data = figure.querySelector('script[type="application/json"]')
    if (!place || !data || drawn.has(place)) continue
    place.classList.add('drawn')
    const shown = { chart: init(place, null, { renderer: 'canvas', locale }), option: JSON.parse(data.textContent) }
    drawn.set(place, shown)
    paint(shown)
    sizes.observe(place)
  }
}

// What was swapped away is let go; a change between light and dark paints anew.
const sweep = () => {
  for (const [place, { chart }] of drawn) {
    if (place.isConnected) continue
    sizes.unobserve(place)
    chart.dispose()
    drawn.delete(place)
  }
}
const repaint = () => drawn.forEach(paint)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint)
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ['data-theme'] })
document.addEventListener('htmx:afterSettle', sweep)
