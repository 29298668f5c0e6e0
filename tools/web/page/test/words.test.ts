import assert from "node:assert/strict";
import test from "node:test";
import { codePoints, cut, initialsOf, oneLine, plural, tintOf } from "../words";

test("a cut never leaves half a character", () => {
  assert.equal(cut("ab\u{1f600}c", 3), "ab");
  assert.equal(cut("ab\u{1f600}c", 4), "ab\u{1f600}");
  assert.equal(cut("abc", 10), "abc");
});

test("characters are counted as the node counts them", () => {
  for (const text of ["", "abc", "\u{1f600}".repeat(5), "a\u{1f600}b", "e\u0301"]) assert.equal(codePoints(text), [...text].length);
});

test("a preview is one short line", () => {
  assert.equal(oneLine("  two\n\nlines\t "), "two lines");
  assert.equal(oneLine("x".repeat(500)).length, 140);
});

test("initials come from any name", () => {
  assert.deepEqual(["alice", "Anna Maria Bach", "émile_zola", "\u{1f600} x", "  ", "日本"].map(initialsOf), ["A", "AB", "ÉZ", "\u{1f600}X", "?", "日"]);
});

test("an id has one colour", () => {
  assert.equal(tintOf("123"), tintOf("123"));
  for (let id = 0; id < 100; ++id) assert.ok(tintOf(String(id)) >= 0 && tintOf(String(id)) < 8);
});

test("counts are words", () => {
  assert.deepEqual([plural(1, "member"), plural(2, "member"), plural(0, "person", "people")], ["1 member", "2 members", "0 people"]);
});
