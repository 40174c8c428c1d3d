// The build puts uPlot's script beside the page; here is only what it exports.
export { default } from 'uplot';
