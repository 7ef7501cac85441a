export { reportHtml } from './page.ts';
export type { ReportOptions } from './page.ts';
