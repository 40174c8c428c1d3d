// Answers that are a message: a small page for people, JSON for programs (below /api, or when they ask for it).
import type { Response } from 'express';

/** Sends a status with a message. All texts are escaped here. */
export function messagePage(
  response: Response,
  status: number,
  title: string,
  text: string,
  { asksToken = false } = {},
): void {
  response.status(status).set('Cache-Control', 'no-store');
  if (response.req.originalUrl.startsWith('/api/') || !response.req.accepts('html')) {
    response.json({ error: text });
    return;
  }
  const form = asksToken
    ? '<form method="get" action="/"><label>Token <input type="password" name="token" autocomplete="current-password" autofocus required></label><button type="submit">Open</button></form>'
    : '<p><a href="/">To the start page</a></p>';
  response
    .type('html')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">` +
        `<meta name="color-scheme" content="dark light"><title>${escapeMarkup(title)} - Switchboard</title></head>` +
        `<body><main><h1>${escapeMarkup(title)}</h1><p>${escapeMarkup(text)}</p>${form}</main></body></html>`,
    );
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
