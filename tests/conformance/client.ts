// A client of the API on top of what openapi-typescript has generated: run with the API's address.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./readout.js";

type Event = components["schemas"]["Event"];

const address = process.argv[2];
assert.ok(address);
const api = createClient<paths>({ baseUrl: address, querySerializer: { array: { style: "form", explode: false } } });

async function pages(limit: number): Promise<Event[]> {
  const found: Event[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await api.GET("/events", { params: { query: { limit, cursor } } });
    assert.ok(data);
    found.push(...data.data);
    cursor = data.page.next === null ? undefined : (new URL(data.page.next).searchParams.get("cursor") ?? undefined);
  } while (cursor !== undefined);
  return found;
}

const everything = await api.GET("/events", { params: { query: { limit: 500 } } });
assert.ok(everything.data);
assert.equal(everything.data.page.total, everything.data.data.length);

const calls = await api.GET("/events", { params: { query: { kind: ["call", "talks"], party: ["putin"] } } });
assert.ok(calls.data);
assert.ok(calls.data.page.total > 0 && calls.data.page.total < everything.data.page.total);
assert.ok(calls.data.data.every((event) => event.kind === "call" || event.kind === "talks"));

assert.deepEqual(await pages(7), everything.data.data);

const one = await api.GET("/events/{id}", { params: { path: { id: "trump-putin-call" } } });
assert.equal(one.data?.id, "trump-putin-call");

const titles = await api.GET("/events", { params: { query: { limit: 500, fields: ["title"] } } });
assert.deepEqual(titles.data?.data, everything.data.data.map(({ title }) => ({ title })));

const missing = await api.GET("/events/{id}", { params: { path: { id: "no-such-event" } } });
assert.equal(missing.data, undefined);
assert.equal(missing.error?.status, 404);

const invalid = await api.GET("/events", { params: { query: { sort: ["titel"] } } });
assert.deepEqual(
  invalid.error?.errors.map(({ parameter, did_you_mean }) => [parameter, did_you_mean]),
  [["sort", "title"]],
);

for (const [suffix, start] of Object.entries({ ".ndjson": "{", ".txt": "", ".md": "# ", ".xlsx": "PK", ".ics": "BEGIN" })) {
  const other = await fetch(`${address}/events${suffix}`);
  assert.ok(other.ok && (await other.text()).startsWith(start), suffix);
}

const file = await api.GET("/export/readout.db", { parseAs: "blob" });
assert.equal((await file.data?.slice(0, 15).text()), "SQLite format 3");

const table = await fetch(`${address}/events.csv`);
assert.equal((await table.text()).split("\r\n").length, everything.data.page.total + 2);
