import { isObject, type JsonObject, own } from '../json-value.ts';

/** The tools' names of a `toolConfig`, or what is wrong with it. */
export function readToolNames(config: unknown): ReadonlySet<string> | string {
  const tools = isObject(config) ? own(config, 'tools') : undefined;
  if (!Array.isArray(tools) || tools.length === 0) return 'toolConfig must have a list of tools';
  const names = new Set<string>();
  for (const tool of tools) {
    const specification = isObject(tool) ? own(tool, 'toolSpec') : undefined;
    if (!isObject(specification)) return 'a tool must have a toolSpec';
    const fault = checkSpecification(specification);
    if (fault !== null) return fault;
    const name = String(own(specification, 'name'));
    if (names.has(name)) return `the tool "${name}" is defined twice`;
    names.add(name);
  }
  return names;
}

function checkSpecification(specification: JsonObject): string | null {
  if (!isFilled(own(specification, 'name'))) return 'a tool must have a name';
  if (!isFilled(own(specification, 'description'))) return 'a tool must have a description';
  const schema = own(specification, 'inputSchema');
  const json = isObject(schema) ? own(schema, 'json') : undefined;
  return isObject(json) && own(json, 'type') !== undefined ? null : 'a tool must have a schema with a type';
}

function isFilled(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

/** Checks uses against the defined tools, and that each result answers an earlier use, once. */
export function checkToolUse(names: ReadonlySet<string>, messages: unknown[]): string | null {
  const used = new Set<string>();
  const answered = new Set<string>();
  for (const block of messages.flatMap(contentOf)) {
    const fault = checkUse(own(block, 'toolUse'), names, used) ?? checkResult(own(block, 'toolResult'), used, answered);
    if (fault !== null) return fault;
  }
  return null;
}

function contentOf(message: unknown) {
  const content = isObject(message) ? own(message, 'content') : undefined;
  return Array.isArray(content) ? content.filter(isObject) : [];
}

function checkUse(use: unknown, names: ReadonlySet<string>, used: Set<string>): string | null {
  if (!isObject(use)) return null;
  const [name, id] = [String(own(use, 'name')), String(own(use, 'toolUseId'))];
  if (!names.has(name)) return `the tool "${name}" is used but not defined`;
  if (used.has(id)) return `the toolUseId "${id}" is used twice`;
  used.add(id);
  return null;
}

function checkResult(result: unknown, used: ReadonlySet<string>, answered: Set<string>): string | null {
  if (!isObject(result)) return null;
  const id = String(own(result, 'toolUseId'));
  if (!used.has(id)) return `the toolResult "${id}" answers no earlier use`;
  if (answered.has(id)) return `the toolResult "${id}" comes twice`;
  answered.add(id);
  return null;
}
