// A program on top of the client that openapi-generator has generated for TypeScript: run with the API's address.
import assert from "node:assert/strict";
import { Configuration, EventsApi, ProblemDetailsFromJSON, ResponseError, ViewsApi } from "./readout-ts/index.js";

const configuration = new Configuration({ basePath: process.argv[2] });
const events = new EventsApi(configuration);
const views = new ViewsApi(configuration);

const everything = await events.listEvents({ limit: 500 });
assert.equal(everything.page.total, everything.data.length);

const calls = await events.listEvents({ kind: ["call", "talks"], party: ["putin"] });
assert.ok(calls.page.total > 0 && calls.page.total < everything.page.total);

const titles = await events.listEvents({ limit: 500, fields: new Set(["title"]) });
assert.deepEqual(
  titles.data.map(({ title }) => title),
  everything.data.map(({ title }) => title),
);

const one = await events.getEvent({ id: "trump-putin-call" });
assert.ok(everything.data.some(({ id }) => id === one.id));

const missing: unknown = await events.getEvent({ id: "no-such-event" }).catch((error: unknown) => error);
assert.ok(missing instanceof ResponseError);
assert.equal(missing.response.status, 404);

const invalid: unknown = await events.listEvents({ sort: new Set(["titel"]) }).catch((error: unknown) => error);
assert.ok(invalid instanceof ResponseError);
const { errors } = ProblemDetailsFromJSON(await invalid.response.json());
assert.deepEqual(
  errors.map(({ parameter, didYouMean }) => [parameter, didYouMean]),
  [["sort", "title"]],
);

const { cells } = await views.getMatrix({ negotiation: ["ukraine-war-settlement"] });
assert.ok(cells.every(({ stances }) => stances.length > 0));

assert.equal((await (await views.exportCsv()).text()).slice(0, 2), "PK");
assert.ok((await (await views.exportNdjson()).text()).startsWith("{"));
const file = await views.exportSqlite();
assert.equal((await file.text()).slice(0, 15), "SQLite format 3");
