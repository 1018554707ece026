import assert from "node:assert";
import test from "node:test";
import { answer } from "../answer";

test("the answer says that it is well", () => {
  assert.equal(answer("/health").status, "ok");
});
