/* What a report does in a browser, from the data that are in it: tables that sort and filter, charts, and loading itself again. */
'use strict';
(() => {
const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 720, HEIGHT = 420, LEFT = 76, RIGHT = 30, TOP = 12, BOTTOM = 48;

function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  node.append(...children);
  return node;
}

function draw(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
}

/* ---- tables ---- */

/* Numbers before texts, and what is not known last. */
function valueOf(row, column) {
  const cell = row.cells[column], text = cell.textContent.trim();
  if (cell.dataset.v !== undefined) return [0, Number(cell.dataset.v)];
  if (text === '' || text === '-') return [2, 0];
  return [1, text.toLowerCase()];
}

function compare(a, b, down) {
  if (a[0] !== b[0] || a[0] === 2) return a[0] - b[0];
  const order = a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0;
  return down ? -order : order;
}

function sortTable(table, column, down) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, row => ({ row, value: valueOf(row, column) }));
  rows.sort((a, b) => compare(a.value, b.value, down));
  body.append(...rows.map(r => r.row));
  Array.from(table.tHead.rows[0].cells).forEach((head, k) => {
    if (k === column) head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    else head.removeAttribute('aria-sort');
  });
}

function addFilter(table) {
  const rows = Array.from(table.tBodies[0].rows), id = table.id + '-filter';
  if (rows.length < 6) return;
  const input = make('input', { type: 'search', id, autocomplete: 'off' }), count = make('span', { role: 'status' });
  const name = make('label', { for: id }, 'Rows with');
  input.setAttribute('aria-label', 'Rows with, in: ' + table.caption.textContent);
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !wanted.every(word => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = input.value.trim() ? shown + ' of ' + rows.length + ' rows' : '';
  });
  table.closest('.wide').before(make('div', { class: 'filter' }, name, input, count));
}

for (const table of document.querySelectorAll('table')) {
  Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
    const button = make('button', { type: 'button', id: table.id + '-sort-' + column }, ...head.childNodes);
    button.addEventListener('click', () => sortTable(table, column, head.getAttribute('aria-sort') === 'ascending'));
    head.append(button);
  });
  addFilter(table);
}

/* ---- numbers ---- */

function show(value) {
  if (value === null || value === undefined || !isFinite(value)) return '-';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return value.toExponential(3).replace('e+', 'e');
  return String(Number(value.toPrecision(size >= 1e4 ? 7 : 4)));
}

function linearTicks(low, high) {
  const raw = (high - low) / 6, power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = power * (raw / power < 1.5 ? 1 : raw / power < 3.5 ? 2 : raw / power < 7.5 ? 5 : 10), ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) ticks.push(k * step);
  return ticks;
}

function logTicks(low, high) {
  const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first) / 8));
  const ticks = [];
  for (let k = first; k <= last; k += every) ticks.push(Math.pow(10, k));
  return ticks.length < 2 ? linearTicks(low, high) : ticks;
}

function axis(values, log) {
  const good = values.filter(v => v !== null && isFinite(v) && (!log || v > 0));
  let low = good.length ? good.reduce((a, b) => Math.min(a, b)) : 1, high = good.length ? good.reduce((a, b) => Math.max(a, b)) : 10;
  if (!(low < high)) [low, high] = log ? [low / 2, low * 2] : [low - 1, low + 1];
  return { low, high, log, ticks: log ? logTicks(low, high) : linearTicks(low, high) };
}

function place(a, value) {      /* 0 to 1 */
  return a.log ? Math.log(value / a.low) / Math.log(a.high / a.low) : (value - a.low) / (a.high - a.low);
}

function valueAt(a, fraction) { return a.log ? a.low * Math.pow(a.high / a.low, fraction) : a.low + fraction * (a.high - a.low); }

/* ---- curves ---- */

/* "(5,2)" of the drawing, in units of the line's width; "solid" has none. */
const dash = curve => (curve.dashes.match(/[0-9.]+/g) || []).map(n => 2 * n).join(' ');

/* A column of a curve. */
function plainColumnOf(curve, name) {
  const column = curve.column[name];
  return !column || Array.isArray(column) ? column : curve.column.round.map(r => column.from + column.each * r);
}

/* A column of a curve, or what follows from columns: bits, NAME_per_client, NAME_relative. */
function columnOf(curve, name) {
  const plain = plainColumnOf(curve, name), bare = name.replace(/_(per_client|relative)$/, '');
  if (plain) return plain;
  if (name === 'bits') {
    const down = plainColumnOf(curve, 'bits_down'), up = plainColumnOf(curve, 'bits_up');
    return up && down ? up.map((v, k) => v + down[k]) : null;
  }
  const values = bare === name ? null : columnOf(curve, bare);
  if (!values) return null;
  const divisor = name.endsWith('_relative') ? values[0] : curve.clients;
  return values.map(v => v === null || !(divisor > 0) ? null : v / divisor);
}

function choices(data) {
  const all = [], has = name => data.columns.some(c => c.name === name);
  const sums = has('bits_up') && has('bits_down') ? [{ name: 'bits', says: 'bits_up and bits_down together', count: 1 }] : [];
  for (const c of data.columns.concat(sums)) {
    all.push({ name: c.name, says: c.says });
    if (c.count && c.name !== 'round') all.push({ name: c.name + '_per_client', says: c.says + ', divided by the clients' });
    if (!c.count && !c.name.includes('(')) all.push({ name: c.name + '_relative', says: c.says + ', divided by its value at the start' });
  }
  return all;
}

/* ---- a chart ---- */

function selector(id, words, options, chosen) {
  const select = make('select', { id });
  for (const o of options) {
    const option = make('option', { value: o.name }, o.name);
    if (o.says) option.title = o.says;
    option.selected = o.name === chosen;
    select.append(option);
  }
  return [make('label', { for: id }, words, select), select];
}

function checkbox(id, on, ...words) {
  const box = make('input', { type: 'checkbox', id });
  box.checked = on;
  return [make('label', { for: id }, box, ...words), box];
}

function sample(data, series) {
  const svg = draw('svg', { viewBox: '0 0 32 12', 'aria-hidden': 'true' }), curve = data.curves.filter(c => c.series === series).pop();
  if (curve) svg.append(draw('path', { d: 'M1,6H31', stroke: curve.colour, 'stroke-width': 3, 'stroke-dasharray': dash(curve) }));
  return svg;
}

class Chart {
  constructor(root) {
    const part = root.dataset.part, data = JSON.parse(document.getElementById(part + '-data').textContent), id = part + '-';
    this.data = data;
    const columns = choices(data), controls = make('div', { class: 'controls' });
    const add = ([label, control]) => { controls.append(label); control.addEventListener('change', () => this.redraw()); return control; };
    const panels = data.panels.map((name, k) => ({ name: String(k), says: '' }));
    this.panel = add(selector(id + 'panel', 'Panel', panels, '0'));
    Array.from(this.panel.options).forEach((o, k) => { o.textContent = data.panels[k] || 'all'; });
    this.x = add(selector(id + 'x', 'x axis', columns, data.x[0]));
    this.y = add(selector(id + 'y', 'y axis', columns, data.y));
    this.xlog = add(checkbox(id + 'xlog', data.xlog === 1, 'logarithmic x'));
    this.ylog = add(checkbox(id + 'ylog', data.ylog === 1, 'logarithmic y'));
    const field = make('fieldset', {}, make('legend', {}, 'Series'));
    this.series = data.series.map((s, k) => {
      const many = s.variants > 1 ? ' (' + s.variants + ')' : '';
      const [label, box] = checkbox(id + 'series-' + k, true, sample(data, k), (s.name || 'runs') + many);
      box.addEventListener('change', () => this.redraw());
      field.append(label);
      return box;
    });
    this.svg = draw('svg', { viewBox: '0 0 ' + WIDTH + ' ' + HEIGHT, role: 'img' });
    this.cursor = make('input', { type: 'range', id: id + 'place', min: 0, max: 1000, value: 1000 });
    this.output = make('output', { for: id + 'place', id: id + 'read' });
    this.cursor.addEventListener('input', () => this.read());
    this.svg.addEventListener('pointermove', event => this.follow(event));
    const [label, marked] = selector(id + 'marked', 'Mark', [], '');
    this.marked = marked;
    controls.append(label);
    marked.addEventListener('change', () => this.mark());
    this.table = make('details', { id: id + 'points-d' }, make('summary', {}, 'The curves of the chart as a table'));
    this.table.addEventListener('toggle', () => this.tabulate());
    const place = make('div', { class: 'place' }, make('label', { for: id + 'place' }, 'Read at'), this.cursor);
    root.append(controls, field, this.svg, place, this.output, this.table);
    this.redraw();
  }

  curves() { return this.data.curves.filter(c => String(c.panel) === this.panel.value && this.series[c.series].checked); }

  redraw() {
    const take = curve => ({ curve, x: columnOf(curve, this.x.value), y: columnOf(curve, this.y.value) });
    this.shown = this.curves().map(take).filter(c => c.x && c.y);
    const own = this.y.value === this.data.y && this.ylog.checked === (this.data.ylog === 1);      /* beyond lie runs that diverge */
    const inside = v => !own || (v >= this.data.ymin && v <= this.data.ymax);
    this.ax = axis(this.shown.flatMap(c => c.x), this.xlog.checked);
    this.ay = axis(this.shown.flatMap(c => c.y).filter(v => v !== null && inside(v)), this.ylog.checked);
    const panel = this.data.panels[this.panel.value], words = this.y.value + ' against ' + this.x.value + (panel ? ', ' + panel : '');
    this.svg.setAttribute('aria-label', 'Chart of ' + words + ': ' + this.shown.length + ' curves; read them below, or as a table');
    this.svg.replaceChildren();
    this.drawAxes();
    for (const c of this.shown) this.drawCurve(c);
    this.line = draw('path', { stroke: '#b34700', 'stroke-width': 1 });
    this.svg.append(this.line);
    if (!this.shown.length)
      this.svg.append(draw('text', { x: WIDTH / 2, y: HEIGHT / 2, 'text-anchor': 'middle', fill: '#444' }, 'no curve is chosen'));
    this.listMarks();
    this.read();
    this.tabulate();
  }

  toX(v) { return LEFT + place(this.ax, v) * (WIDTH - LEFT - RIGHT); }
  toY(v) { return HEIGHT - BOTTOM - place(this.ay, v) * (HEIGHT - TOP - BOTTOM); }

  drawAxes() {
    const text = (x, y, words, more) => this.svg.append(draw('text', { x, y, fill: '#222', 'font-size': 13, ...more }, words));
    for (const v of this.ax.ticks) {
      this.svg.append(draw('path', { d: 'M' + this.toX(v) + ',' + TOP + 'V' + (HEIGHT - BOTTOM), stroke: '#ddd' }));
      text(this.toX(v), HEIGHT - BOTTOM + 17, show(v), { 'text-anchor': 'middle' });
    }
    for (const v of this.ay.ticks) {
      this.svg.append(draw('path', { d: 'M' + LEFT + ',' + this.toY(v) + 'H' + (WIDTH - RIGHT), stroke: '#ddd' }));
      text(LEFT - 6, this.toY(v) + 4, this.ay.log ? v.toExponential(0).replace('e+', 'e') : show(v), { 'text-anchor': 'end' });
    }
    const frame = 'M' + LEFT + ',' + TOP + 'V' + (HEIGHT - BOTTOM) + 'H' + (WIDTH - RIGHT);
    this.svg.append(draw('path', { d: frame, stroke: '#444', fill: 'none' }));
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, this.x.value, { 'text-anchor': 'middle' });
    const middle = (TOP + HEIGHT - BOTTOM) / 2;
    text(16, middle, this.y.value, { 'text-anchor': 'middle', transform: 'rotate(-90 16 ' + middle + ')' });
  }

  /* What is beyond the axis is cut off at its edge. */
  drawCurve(c) {
    let path = '', pen = 'M';
    for (let i = 0; i < c.x.length; i++) {
      const x = c.x[i], y = c.y[i];
      if (x === null || y === null || (this.ax.log && x <= 0) || (this.ay.log && y <= 0)) { pen = 'M'; continue; }
      path += pen + this.toX(x).toFixed(1) + ',' + Math.min(Math.max(this.toY(y), TOP), HEIGHT - BOTTOM).toFixed(1);
      pen = 'L';
    }
    c.path = draw('path', { d: path, class: 'curve', fill: 'none', stroke: c.curve.colour, 'stroke-linejoin': 'round',
                            'stroke-dasharray': dash(c.curve), 'stroke-width': 2 });
    this.svg.append(c.path);
  }

  /* The curves that can be marked, with the one that was where it is still there. */
  listMarks() {
    const before = this.marked.value, names = this.shown.map(c => c.curve.name);
    this.marked.replaceChildren(make('option', { value: '' }, 'no curve'), ...names.map(name => make('option', { value: name }, name)));
    this.marked.value = names.includes(before) ? before : '';
    this.mark();
  }

  mark() {
    for (const c of this.shown) c.path.setAttribute('stroke-width', c.curve.name === this.marked.value ? 5 : 2);
    this.read();
  }

  /* The pointer reads at its place, and marks the curve that is nearest above or below it. */
  follow(event) {
    const box = this.svg.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * WIDTH;
    const y = (event.clientY - box.top) / box.height * HEIGHT;
    this.cursor.value = Math.round(1000 * Math.min(Math.max((x - LEFT) / (WIDTH - LEFT - RIGHT), 0), 1));
    const distance = f => Math.abs(Math.min(this.toY(f.y), HEIGHT - BOTTOM) - y), near = this.values().filter(f => isFinite(distance(f)));
    if (near.length) this.marked.value = near.reduce((a, b) => distance(b) < distance(a) ? b : a).name;
    this.mark();
  }

  /* The last value of each curve up to the place where it is read. */
  values() {
    const x = valueAt(this.ax, this.cursor.value / 1000), found = [];
    for (const c of this.shown) {
      let at = -1;
      for (let i = 0; i < c.x.length && c.x[i] <= x * (1 + 1e-9); i++) at = i;
      const ended = at === c.x.length - 1 && c.x[at] < x * (1 - 1e-9);
      if (at >= 0 && c.y[at] !== null) found.push({ name: c.curve.name, y: c.y[at], ended });
    }
    return found;
  }

  read() {
    const MOST = 8, fraction = this.cursor.value / 1000, marked = this.marked.value, found = this.values();
    found.sort((a, b) => (b.name === marked) - (a.name === marked) || a.y - b.y);
    const words = found.slice(0, MOST).map(f => f.name + ' ' + show(f.y) + (f.ended ? ' (at its end)' : ''));
    if (found.length > MOST) words.push('and ' + (found.length - MOST) + ' more');
    const at = this.x.value + ' = ' + show(valueAt(this.ax, fraction));
    this.output.textContent = at + ': ' + (words.join('; ') || 'no curve');
    this.cursor.setAttribute('aria-valuetext', at);
    this.line.setAttribute('d', 'M' + (LEFT + fraction * (WIDTH - LEFT - RIGHT)) + ',' + TOP + 'V' + (HEIGHT - BOTTOM));
  }

  tabulate() {
    if (!this.table.open) return;
    const head = make('tr', {}), body = make('tbody', {});
    for (const name of ['run', this.x.value, this.y.value]) head.append(make('th', { scope: 'col' }, name));
    for (const c of this.shown)
      for (let i = 0; i < c.x.length; i++)
        body.append(make('tr', {}, make('th', { scope: 'row' }, c.curve.name), make('td', { class: 'n' }, show(c.x[i])),
                         make('td', { class: 'n' }, show(c.y[i]))));
    const caption = make('caption', {}, this.y.value + ' against ' + this.x.value + ', thinned');
    const table = make('table', {}, caption, make('thead', {}, head), body);
    while (this.table.children.length > 1) this.table.lastChild.remove();
    this.table.append(make('div', { class: 'wide', role: 'region', tabindex: 0, 'aria-label': caption.textContent }, table));
  }
}

/* Drawn when it is opened, which a page of many figures may never do. */
function drawWhenOpen(details) {
  const root = details.querySelector('.chart');
  if (details.open && !root.firstChild) new Chart(root);
}

for (const details of document.querySelectorAll('details.explore')) {
  details.addEventListener('toggle', () => drawWhenOpen(details));
  drawWhenOpen(details);
}

/* ---- loading itself again, with what was chosen ---- */

function remember() {
  const open = {}, value = {}, sorted = {};
  for (const d of document.querySelectorAll('details[id]')) open[d.id] = d.open;
  for (const c of document.querySelectorAll('main select, main input')) value[c.id] = c.type === 'checkbox' ? c.checked : c.value;
  for (const head of document.querySelectorAll('th[aria-sort]'))
    sorted[head.closest('table').id] = [head.cellIndex, head.getAttribute('aria-sort') === 'descending'];
  const focus = document.activeElement && document.activeElement.id;
  history.replaceState({ open, value, sorted, focus, x: scrollX, y: scrollY }, '');
}

function recall(state) {
  for (const id in state.open) {
    const d = document.getElementById(id);
    if (d) d.open = state.open[id];
    if (d && d.matches('.explore')) drawWhenOpen(d);
  }
  for (const id in state.open) {      /* those that a chart has made */
    const d = document.getElementById(id);
    if (d) d.open = state.open[id];
  }
  for (const id in state.value) {
    const c = document.getElementById(id);
    if (!c) continue;
    if (c.type === 'checkbox') c.checked = state.value[id];
    else if (c.tagName !== 'SELECT' || Array.from(c.options).some(o => o.value === state.value[id])) c.value = state.value[id];
    c.dispatchEvent(new Event(c.tagName === 'SELECT' || c.type === 'checkbox' ? 'change' : 'input'));
  }
  for (const id in state.sorted) {
    const table = document.getElementById(id);
    if (table && table.tHead.rows[0].cells[state.sorted[id][0]]) sortTable(table, ...state.sorted[id]);
  }
  const focus = state.focus && document.getElementById(state.focus);
  if (focus) focus.focus({ preventScroll: true });
  scrollTo({ left: state.x, top: state.y, behavior: 'instant' });
}

if (history.state && history.state.open) recall(history.state);

const live = document.getElementById('live');
if (live) {
  const status = document.getElementById('live-status'), seconds = Number(live.dataset.refresh);
  const age = Date.now() / 1000 - live.dataset.written;
  const stop = make('button', { type: 'button', class: 'plain', id: 'live-stop' }, 'Stop loading it again');
  let timer = 0;
  const start = () => { timer = setTimeout(() => { remember(); location.reload(); }, 1000 * seconds); };
  stop.addEventListener('click', () => {
    const runs = timer !== 0;
    clearTimeout(timer);
    timer = 0;
    if (!runs) start();
    status.textContent = runs ? 'The page stays as it is.' : 'This page loads itself again.';
    stop.textContent = runs ? 'Load it again every ' + seconds + ' s' : 'Stop loading it again';
  });
  if (age > Math.max(60, 20 * seconds)) {
    const minutes = Math.round(age / 60);
    status.textContent = 'Nobody has written this page anew for ' + minutes + ' minutes: laconic report --watch does. It stays as it is.';
  } else {
    live.append(' ', stop);
    if (history.state && history.state.focus === 'live-stop') stop.focus({ preventScroll: true });
    start();
  }
}
})();
