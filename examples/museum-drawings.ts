/** The exhibits, as shapes on a 100 x 100 square. */
export const DRAWINGS = {
  owl: `<ellipse cx="50" cy="58" rx="26" ry="32" fill="#6b4f3a"/><circle cx="40" cy="42" r="11" fill="#ffe27a"/><circle cx="60" cy="42" r="11" fill="#ffe27a"/>
    <circle cx="40" cy="42" r="4.5" fill="#222"/><circle cx="60" cy="42" r="4.5" fill="#222"/><polygon points="50,48 45,57 55,57" fill="#e08a1e"/>
    <polygon points="28,32 38,30 30,16" fill="#6b4f3a"/><polygon points="72,32 62,30 70,16" fill="#6b4f3a"/>`,
  pyramid: `<rect y="72" width="100" height="28" fill="#e3c583"/><polygon points="50,18 12,74 88,74" fill="#caa14f"/><polygon points="50,18 88,74 58,74" fill="#a67f36"/><circle cx="82" cy="20" r="9" fill="#f4b400"/>`,
  ship: `<rect y="66" width="100" height="34" fill="#3c7fb1"/><path d="M18 62 H82 L72 80 H28 Z" fill="#7a4a2b"/><rect x="48" y="20" width="3" height="42" fill="#4b3321"/><polygon points="52,22 80,56 52,56" fill="#f4f4f0"/><polygon points="46,26 24,56 46,56" fill="#e7e2d3"/>`,
  mask: `<ellipse cx="50" cy="50" rx="28" ry="38" fill="#c0392b"/><ellipse cx="39" cy="42" rx="7" ry="5" fill="#fff"/><ellipse cx="61" cy="42" rx="7" ry="5" fill="#fff"/><path d="M36 68 Q50 80 64 68" stroke="#fff" stroke-width="4" fill="none"/><path d="M50 14 V34 M34 20 L40 32 M66 20 L60 32" stroke="#f1c40f" stroke-width="4"/>`,
  amphora: `<path d="M42 12 H58 V26 Q76 36 72 58 Q68 80 56 88 H44 Q32 80 28 58 Q24 36 42 26 Z" fill="#b5651d"/><path d="M42 22 Q22 24 30 44 M58 22 Q78 24 70 44" stroke="#8a4513" stroke-width="4" fill="none"/><rect x="29" y="50" width="42" height="4" fill="#f5f0e6"/>`,
  coin: `<circle cx="50" cy="50" r="34" fill="#c9a227"/><circle cx="50" cy="50" r="28" fill="none" stroke="#8d6f14" stroke-width="3"/><text x="50" y="63" font-size="36" text-anchor="middle" font-family="serif" fill="#8d6f14">A</text>`,
  map: `<rect x="10" y="14" width="80" height="72" fill="#efe3c2"/><path d="M20 70 Q34 40 50 54 T82 28" stroke="#5d8a3a" stroke-width="5" fill="none"/><path d="M64 62 l10 10 m0 -10 l-10 10" stroke="#b03a2e" stroke-width="4"/>`,
  telescope: `<rect x="0" y="0" width="100" height="100" fill="#101a3a"/><circle cx="80" cy="18" r="2" fill="#fff"/><circle cx="66" cy="30" r="1.5" fill="#fff"/><circle cx="88" cy="36" r="1.5" fill="#fff"/><g transform="rotate(-35 46 54)"><rect x="18" y="48" width="56" height="12" fill="#b9bec9"/><rect x="70" y="45" width="8" height="18" fill="#8d94a3"/></g><path d="M46 58 L32 92 M46 58 L60 92" stroke="#8d94a3" stroke-width="4"/>`,
  sundial: `<circle cx="50" cy="54" r="32" fill="#d9d4c7"/><polygon points="50,54 50,24 70,54" fill="#7f7967"/><path d="M50 54 L26 70 M50 54 L50 84 M50 54 L74 70" stroke="#7f7967" stroke-width="2"/>`,
  moon: `<rect width="100" height="100" fill="#16213e"/><circle cx="52" cy="50" r="28" fill="#f2f0d8"/><circle cx="64" cy="44" r="24" fill="#16213e"/>`,
  'pendulum-left': `<path d="M50 10 L26 74" stroke="#4b3321" stroke-width="4"/><circle cx="26" cy="74" r="12" fill="#c9a227"/>`,
  'pendulum-middle': `<path d="M50 10 L50 78" stroke="#4b3321" stroke-width="4"/><circle cx="50" cy="78" r="12" fill="#c9a227"/>`,
  'pendulum-right': `<path d="M50 10 L74 74" stroke="#4b3321" stroke-width="4"/><circle cx="74" cy="74" r="12" fill="#c9a227"/>`,
} as const;

export type DrawingName = keyof typeof DRAWINGS;

/** A drawing as SVG text. */
export function drawing(shapes: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">${shapes}</svg>`;
}
