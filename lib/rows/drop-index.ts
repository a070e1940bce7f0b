import {
  baseName,
  cleanPath,
  compareNatural,
  folderOf,
  foldName,
  hasImageEnding,
  isJunkName,
  matchesGlob,
} from './entry-name.ts';
import { nearestFinder } from './nearest-entries.ts';

/** A file of the drop that rows may name. */
export interface DropEntry {
  /** Key of the asset record: `a0:17`, `d:museum/owl.png`. */
  record: string;
  origin: 'archive' | 'drop';
  /** The archive's name, such as `media.zip`; empty for a loose file. */
  container: string;
  /** The path inside of the archive, or relative to the drop. */
  name: string;
  isJunk?: boolean;
}

/** The names of a drop's files; maps for the steps of {@link findEntry} are built when first asked. */
export interface DropIndex {
  hasArchives: boolean;
  hasLooseMedia: boolean;
  /** Names of the archives, sorted. */
  archives: readonly string[];
  lookups: Lookups;
}

interface Lookups {
  exact(): Names;
  withoutWrapper(): Names;
  composed(): Names;
  folded(): Names;
  byBaseName(): Names;
  folders(): Names;
  foldersWithoutWrapper(): Names;
  foldedFolders(): Names;
  nearest(): (wanted: string, limit: number) => string[];
}

/** Most names belong to one file: an array for each would double the memory of 200,000 entries. */
type Names = ReadonlyMap<string, DropEntry | DropEntry[]>;

export type Lookup =
  | { found: DropEntry; inexact: string | null; step: MatchStep }
  | { ambiguous: DropEntry[] }
  | { missing: string[] };

export type MatchStep = 'exact' | 'path' | 'wrapper' | 'composed' | 'folded' | 'tail' | 'base-name';

const NEAREST = 3;
const MOST_SEGMENTS = 32;

/** Takes in the files of a drop; junk is left out. `archives` names archives that are there even if they hold nothing. */
export function buildDropIndex(entries: Iterable<DropEntry>, archives: Iterable<string> = []): DropIndex {
  const usable = Array.from(entries).filter((entry) => !entry.isJunk && !isJunkName(entry.name) && !isFolder(entry));
  const names = new Set(archives);
  for (const entry of usable) if (entry.origin === 'archive') names.add(entry.container);
  return {
    hasArchives: names.size > 0,
    hasLooseMedia: usable.some((entry) => entry.origin === 'drop'),
    archives: [...names].sort(),
    lookups: lookupsOf(usable),
  };
}

/**
 * Finds the file that a row names, in steps: exact, then without `./`, without an archive's wrapper folder, in Unicode normal form, in any
 * case, without the leading folders of the written name, by unique base name. The first step that anything fits decides.
 */
export function findEntry(index: DropIndex, name: string): Lookup {
  return findSpelled(index, name) ?? findLoosely(index, name) ?? { missing: nearestTo(index, name) };
}

/** Whether a file or folder goes by this name, spelling aside: what tells a comma in a name from a comma between names. */
export function knowsName(index: DropIndex, name: string): boolean {
  return findSpelled(index, name) !== null || expandFrames(index, name) !== null;
}

/** The images of a folder (`clip_01/`) or of a pattern whose last segment holds `*` or `?`, in natural order; null when there are none. */
export function expandFrames(index: DropIndex, name: string): DropEntry[] | null {
  const path = cleanPath(name).replace(/\/$/, '');
  const isPattern = /[*?]/.test(baseName(path));
  const folder = isPattern ? folderOf(path) : path;
  if (folder === '' && !isPattern) return null;
  const { lookups } = index;
  const inFolder =
    fitting(lookups.folders(), folder) ??
    fitting(lookups.foldersWithoutWrapper(), folder) ??
    fitting(lookups.foldedFolders(), foldName(folder));
  if (!inFolder) return null;
  const frames = isPattern ? inFolder.filter((entry) => matchesGlob(baseName(entry.name), baseName(path))) : inFolder;
  return frames.length > 0 ? frames : null;
}

function findSpelled(index: DropIndex, name: string): Lookup | null {
  const path = cleanPath(name);
  const { lookups } = index;
  return (
    outcome(fitting(lookups.exact(), name), 'exact') ??
    outcome(qualified(index, name), 'exact') ??
    outcome(fitting(lookups.exact(), path), 'path') ??
    outcome(fitting(lookups.withoutWrapper(), path), 'wrapper', path) ??
    outcome(fitting(lookups.composed(), path.normalize('NFC')), 'composed') ??
    outcome(fitting(lookups.folded(), foldName(path)), 'folded')
  );
}

function findLoosely(index: DropIndex, name: string): Lookup | null {
  const path = foldName(cleanPath(name));
  const segments = path.split('/', MOST_SEGMENTS + 1);
  if (segments.length > MOST_SEGMENTS || baseName(path) === '') return null;
  for (let start = 1; start < segments.length - 1; start += 1) {
    const found = outcome(fitting(index.lookups.folded(), segments.slice(start).join('/')), 'tail');
    if (found) return found;
  }
  return outcome(fitting(index.lookups.byBaseName(), baseName(path)), 'base-name');
}

/** `media.zip!owl.png`, as findings print it, names one archive of several. */
function qualified(index: DropIndex, name: string): DropEntry[] | undefined {
  const mark = name.indexOf('!');
  if (mark <= 0) return undefined;
  const container = name.slice(0, mark);
  const inside = fitting(index.lookups.exact(), name.slice(mark + 1))?.filter((entry) => entry.container === container);
  return inside?.length ? inside : undefined;
}

function outcome(entries: DropEntry[] | undefined, step: MatchStep, path: string = ''): Lookup | null {
  const [found, second] = entries ?? [];
  if (!entries || !found) return null;
  if (second) return { ambiguous: entries };
  const isWrapped = step === 'wrapper' && cleanPath(found.name) !== path;
  return { found, inexact: isWrapped ? `below the only folder of ${found.container}` : HOW[step], step };
}

const HOW: Readonly<Record<MatchStep, string | null>> = {
  exact: null,
  path: 'after its slashes were made plain',
  wrapper: 'after its slashes were made plain',
  composed: 'after its accents were composed (Unicode NFC)',
  folded: 'without regard to upper and lower case',
  tail: 'without the first folders of the written name',
  'base-name': 'by its last part, which no other file has',
};

function nearestTo(index: DropIndex, name: string): string[] {
  return index.lookups.nearest()(cleanPath(name), NEAREST);
}

function lookupsOf(entries: readonly DropEntry[]): Lookups {
  const wrapper = wrappersOf(entries);
  const inner = (entry: DropEntry): string | null => {
    const folder = entry.origin === 'archive' ? wrapper.get(entry.container) : null;
    return folder ? cleanPath(entry.name).slice(folder.length + 1) : null;
  };
  const paths = (entry: DropEntry) => [cleanPath(entry.name), inner(entry)].filter((path) => path !== null);
  const frames = lazily(() =>
    entries
      .filter((entry) => hasImageEnding(entry.name))
      .sort((left, right) => compareNatural(left.name, right.name) || compareNatural(left.container, right.container)),
  );
  const parents = (entry: DropEntry) => paths(entry).map(folderOf);
  return {
    exact: lazily(() => group(entries, (entry) => [entry.name])),
    withoutWrapper: lazily(() => group(entries, paths)),
    composed: lazily(() => group(entries, (entry) => paths(entry).map((path) => path.normalize('NFC')))),
    folded: lazily(() => group(entries, (entry) => paths(entry).map(foldName))),
    byBaseName: lazily(() => group(entries, (entry) => [foldName(baseName(cleanPath(entry.name)))])),
    folders: lazily(() => group(frames(), (entry) => [folderOf(cleanPath(entry.name))])),
    foldersWithoutWrapper: lazily(() => group(frames(), parents)),
    foldedFolders: lazily(() => group(frames(), (entry) => parents(entry).map(foldName))),
    nearest: lazily(() => nearestFinder(entries.map((entry) => entry.name))),
  };
}

/** The one folder that holds all of an archive, by archive; null where there are several, or files beside it. */
function wrappersOf(entries: readonly DropEntry[]): Map<string, string | null> {
  const wrappers = new Map<string, string | null>();
  for (const entry of entries) {
    if (entry.origin !== 'archive') continue;
    const path = cleanPath(entry.name);
    const top = path.includes('/') ? path.slice(0, path.indexOf('/')) : null;
    const known = wrappers.get(entry.container);
    wrappers.set(entry.container, known === undefined || known === top ? top : null);
  }
  return wrappers;
}

function isFolder(entry: DropEntry): boolean {
  return entry.name === '' || entry.name.endsWith('/');
}

function group(entries: readonly DropEntry[], keysOf: (entry: DropEntry) => string[]): Names {
  const groups = new Map<string, DropEntry | DropEntry[]>();
  for (const entry of entries) {
    for (const key of keysOf(entry)) insert(groups, key, entry);
  }
  return groups;
}

/** The keys of one entry come one after another, so that an entry is never twice under a key. */
function insert(groups: Map<string, DropEntry | DropEntry[]>, key: string, entry: DropEntry): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, entry);
  else if (!Array.isArray(known)) groups.set(key, known === entry ? entry : [known, entry]);
  else if (known.at(-1) !== entry) known.push(entry);
}

function fitting(names: Names, key: string): DropEntry[] | undefined {
  const known = names.get(key);
  return known === undefined || Array.isArray(known) ? known : [known];
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { value: Value } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
