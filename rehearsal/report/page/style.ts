/** The page's whole style: no font, script or picture comes from anywhere else. */
export const style = `
:root{--ground:#fbfaf7;--ink:#1d1d1b;--quiet:#6b6a66;--line:#e2e0da;--card:#fff;--good:#1b7f4b;--bad:#c0392b;
--v0:#9aa5b1;--v1:#2f6fb3;--v2:#d98e04;--v3:#7b5ea7;--v4:#1f9e89;--p0:#a8c5e2;--p1:#6fa3d6;--p2:#e6d39a;--p3:#d98e04;--p4:#7fbf9b;--p5:#d9ead9;--pf:#e8a29a}
@media (prefers-color-scheme:dark){:root{--ground:#16171a;--ink:#ecebe7;--quiet:#9b9a95;--line:#2f3136;--card:#1e2024;--good:#5ec48d;--bad:#f0806f;
--v0:#5d6875;--v1:#5c9bdc;--v2:#e2a63a;--v3:#a58ad1;--v4:#49c4ae;--p0:#3a5878;--p1:#4f86bd;--p2:#6d6134;--p3:#c9891b;--p4:#3f8a62;--p5:#2c4636;--pf:#7d3b33}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:960px;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.2rem;margin:0}
h3{font-size:.95rem;margin:1.25rem 0 .35rem;color:var(--quiet);font-weight:600}
a{color:inherit}
a:focus-visible,summary:focus-visible{outline:3px solid var(--v1);outline-offset:2px;border-radius:3px}
.quiet{color:var(--quiet)}
.good{color:var(--good)}.bad{color:var(--bad);fill:var(--bad)}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem}
nav ol{display:flex;flex-wrap:wrap;list-style:none;margin:1.5rem 0 2rem;padding:0;gap:.5rem 0}
nav li{display:flex;align-items:center}
nav li+li::before{content:"";width:1.25rem;height:2px;background:var(--line)}
nav a{display:block;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--good);border-radius:6px;padding:.45rem .75rem;text-decoration:none;font-size:.9rem}
nav a.failed{border-left-color:var(--bad)}
nav small{display:block;color:var(--quiet)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));border:1px solid var(--line);border-radius:8px;overflow:hidden;margin:1.25rem 0;background:var(--card)}
.facts div{box-shadow:0 0 0 .5px var(--line);padding:.75rem 1rem}
.facts dt{font-size:.8rem;color:var(--quiet)}.facts dd{margin:0;font-size:1.35rem;font-variant-numeric:tabular-nums}
section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1.25rem;margin:0 0 1.25rem}
section>header{display:flex;justify-content:space-between;gap:1rem;align-items:baseline;flex-wrap:wrap}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--quiet);font-weight:500}td.n{text-align:right}
svg{display:block;width:100%;height:auto;min-width:560px}
svg text{font-size:11px;fill:var(--quiet)}svg text.name{fill:var(--ink)}svg text.bad{fill:var(--bad)}
.axis,.grid{stroke:var(--line)}
.v0{fill:var(--v0);background:var(--v0)}.v1{fill:var(--v1);background:var(--v1)}.v2{fill:var(--v2);background:var(--v2)}.v3{fill:var(--v3);background:var(--v3)}.v4{fill:var(--v4);background:var(--v4)}
.p0{fill:var(--p0);background:var(--p0)}.p1{fill:var(--p1);background:var(--p1)}.p2{fill:var(--p2);background:var(--p2)}.p3{fill:var(--p3);background:var(--p3)}.p4{fill:var(--p4);background:var(--p4)}.p5{fill:var(--p5);background:var(--p5)}.pf{fill:var(--pf);background:var(--pf)}
path.lost{fill:var(--bad)}i.lost{background:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.25rem 0 0;font-size:.8rem;color:var(--quiet)}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.4em;vertical-align:-.05em}
details{margin-top:.75rem}summary{cursor:pointer;color:var(--quiet);font-size:.9rem}
pre{overflow:auto;max-height:28rem;font-size:.78rem;line-height:1.45;background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:.75rem}
@media print{section{break-inside:avoid}}
`;
