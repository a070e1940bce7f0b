/** A JSON value; what states exchange is nothing else. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; its keys are only ever read as its own. */
export interface JsonObject {
  [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object's own value for a key; undefined for inherited ones such as `constructor`. */
export function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** A copy that shares nothing with the value; what JSON cannot hold becomes null or is left out, as in a Lambda's answer. */
export function jsonCopy(value: unknown): Json {
  const text = JSON.stringify(value);
  return text === undefined ? null : JSON.parse(text);
}

/** Bytes of the value as UTF-8 JSON text: what the payload limit counts. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
