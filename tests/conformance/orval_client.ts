// A program on top of the client that orval has generated: it calls the server whose document it was made from.
import assert from "node:assert/strict";
import { compareAccounts, exportCsv, exportNdjson, exportSqlite, getEvent, getMatrix, listEvents } from "./orval/readout.js";

const everything = await listEvents({ limit: 500 });
assert.equal(everything.status, 200);
assert.equal(everything.data.page.total, everything.data.data.length);

const calls = await listEvents({ kind: ["call", "talks"], party: ["putin"] });
assert.equal(calls.status, 200);
assert.ok(calls.data.page.total > 0 && calls.data.page.total < everything.data.page.total);

const titles = await listEvents({ limit: 500, fields: ["title"] });
assert.equal(titles.status, 200);
assert.deepEqual(
  titles.data.data,
  everything.data.data.map(({ title }) => ({ title })),
);

const one = await getEvent("trump-putin-call");
assert.equal(one.status, 200);
assert.ok(one.data.attribution);

const missing = await getEvent("no-such-event");
assert.equal(missing.status, 404);
assert.ok(missing.data.detail);

const invalid = await listEvents({ sort: ["titel"] });
assert.equal(invalid.status, 400);
assert.deepEqual(
  invalid.data.errors.map(({ parameter, did_you_mean }) => [parameter, did_you_mean]),
  [["sort", "title"]],
);

const matrix = await getMatrix({ negotiation: ["ukraine-war-settlement"] });
assert.equal(matrix.status, 200);
assert.ok(matrix.data.cells.every(({ stances }) => stances.length > 0));

const comparison = await compareAccounts({ accounts: ["kremlin", "white-house"] });
assert.equal(comparison.status, 200);

const archive = await exportCsv();
assert.equal(archive.status, 200);
assert.equal((await archive.data.text()).slice(0, 2), "PK");

const lines = await exportNdjson();
assert.equal(lines.status, 200);

const file = await exportSqlite();
assert.equal(file.status, 200);
assert.equal((await file.data.text()).slice(0, 15), "SQLite format 3");
