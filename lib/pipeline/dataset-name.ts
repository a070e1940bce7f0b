/** `museum.csv`, `museum.finedrop.yaml` and `museum.rejected.csv` at the root of an inbox are parts of the drop `museum`. */
const ROOT_SUFFIX = /(?:\.finedrop|\.rejected)?\.[^.]*$/i;

/** The drop that an object of the inbox belongs to: its first folder, or at the root its stem; null for what is part of none. */
export function datasetOf(key: string): string | null {
  const slash = key.indexOf('/');
  const name = slash === -1 ? key.replace(ROOT_SUFFIX, '') : key.slice(0, slash);
  const isJobSpecAlone = slash === -1 && /^finedrop\.[^.]+$/i.test(key);
  return name === '' || name.startsWith('.') || isJobSpecAlone ? null : name;
}
