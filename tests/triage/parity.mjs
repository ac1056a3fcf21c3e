// Walks every list of answers it is given and writes where each ends, one line each.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const [engine, content] = process.argv.slice(2);
const { walk } = await import(engine);
const protocols = JSON.parse(readFileSync(content, "utf8"));
for await (const line of createInterface({ input: process.stdin })) {
  const { facts, answers } = JSON.parse(line);
  console.log(JSON.stringify(walk(protocols, facts, answers)));
}
