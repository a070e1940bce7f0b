import type { ResolvedRetrain } from '../domain/retrain.ts';
import type { Retired } from '../rows/retire.ts';
import type { RowKeys } from '../rows/row-keys.ts';

/** By what a list of rows to take out names one. */
export function retiredKey(retired: Retired): string {
  return 'id' in retired ? `id ${retired.id}` : `prompt ${retired.prompt}`;
}

/** By what such a list may name the row. */
export function takenOutKeys({ id, prompt }: RowKeys): string[] {
  return [...(id === undefined ? [] : [`id ${id}`]), `prompt ${prompt}`];
}

/** By what the row replaces older ones. A row without an id is known by its input in any case: an unchanged one must not stand twice. */
export function replacingKeys({ id, input }: RowKeys, { replaceBy }: Pick<ResolvedRetrain, 'replaceBy'>): string[] {
  const byId = id === undefined || replaceBy === 'input' ? [] : [`id ${id}`];
  return byId.length > 0 && replaceBy === 'id' ? byId : [...byId, `input ${input}`];
}
