export type {
  ExistingDescription,
  ExistingOptions,
  ExistingService,
  HeadersFor,
} from './existing-service.ts';
export type { Injectable } from './from-fastify.ts';
export { fromFastify } from './from-fastify.ts';
export type { FetchListener } from './from-fetch.ts';
export { fromFetch } from './from-fetch.ts';
export type { Listener } from './from-listener.ts';
export { fromListener } from './from-listener.ts';
export type { FromUrlOptions } from './from-url.ts';
export { fromUrl } from './from-url.ts';
