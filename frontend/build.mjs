// Bundles the packages into static files, with their licences beside them. Run by `make bundle`.
import { build } from 'esbuild'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'

const to = new URL('../src/leadline/web/static/leadline/bundle/', import.meta.url)
const packages = ['htmx.org', 'echarts', 'zrender', 'tslib']
const common = { bundle: true, minify: true, target: ['es2022'], legalComments: 'none', logLevel: 'warning' }

await rm(to, { recursive: true, force: true })
await mkdir(to, { recursive: true })
const out = (name) => new URL(name, to).pathname
await build({ ...common, entryPoints: ['src/htmx.js'], format: 'iife', outfile: out('htmx.js') })
// A module, so that pages without a chart never load it.
await build({ ...common, entryPoints: ['src/charts.js'], format: 'esm', outfile: out('charts.js') })

const text = async (name) => {
  const folder = new URL(`node_modules/${name}/`, import.meta.url)
  const { version, license } = JSON.parse(await readFile(new URL('package.json', folder)))
  const parts = await Promise.all(['LICENSE', 'LICENSE.txt', 'NOTICE'].map((file) =>
    readFile(new URL(file, folder), 'utf8').catch(() => '')))
  return [`${name} ${version} (${license})`, ...parts.filter(Boolean)].join('\n\n')
}
await writeFile(new URL('LICENSES.txt', to), (await Promise.all(packages.map(text))).join('\n\n' + '-'.repeat(78) + '\n\n'))
