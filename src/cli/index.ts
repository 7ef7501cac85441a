export { run } from './run.ts';
export type { Streams } from './streams.ts';
export type { AlertModule } from './commands/serve.ts';
