import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where a browser is installed; undefined where there is none. */
export const installed: string | undefined = [process.env['RAPIDCYCLE_CHROMIUM'], ...places].find(
  (place) => place !== undefined && existsSync(place),
);

/** Starts the browser that is installed, without a window and without calls home. */
export function startBrowser(): Promise<Browser> {
  if (installed === undefined) throw new Error('there is no Chromium on this machine');
  return chromium.launch({
    executablePath: installed,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
