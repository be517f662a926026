/** One style for the screen, the phone, the night and the paper. Colours have 4.5 to 1 against their ground where they are text. */
export const style = `
:root{--ground:#fff;--ink:#1b1f24;--soft:#5b6470;--rule:#e3e6ea;--faint:#f5f6f8;--band:#f3f4f7;--band2:#fafbfc;
--new:#2a62c8;--newfill:#2a62c84d;--old:#7b8593;--oldfill:#7b859340;--p50:#9db8e8;--p95:#2a62c8;--p99:#b26a00;
--good:#1a7340;--goodfill:#e4f4ea;--bad:#b3261e;--badfill:#fbe9e7;--warn:#8a5300;--warnfill:#fdf1df;--back:#b3261e14}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#e7eaee;--soft:#9aa4b1;--rule:#2c323a;--faint:#1b1f25;--band:#1b2027;--band2:#171b20;
--new:#7fa8f5;--newfill:#7fa8f53d;--old:#8d97a5;--oldfill:#8d97a540;--p50:#4c6da8;--p95:#7fa8f5;--p99:#e0a458;
--good:#6fcf97;--goodfill:#16301f;--bad:#ff8a80;--badfill:#3a1b19;--warn:#f0b866;--warnfill:#33270f;--back:#ff8a8022}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
main,footer{max-width:820px;margin:0 auto;padding:0 20px}
main{padding-top:44px}
h1{font-size:2rem;line-height:1.18;letter-spacing:-.018em;margin:.3em 0 .3em;font-weight:680;text-wrap:balance}
h2{font-size:1.22rem;letter-spacing:-.01em;margin:0 0 .7em;font-weight:660}
h3{font-size:.95rem;margin:1.5em 0 .4em;font-weight:640}
p{margin:.5em 0}
section{border-top:1px solid var(--rule);padding:30px 0 26px}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
code.long{overflow-wrap:anywhere}
.soft,small,.eyebrow{color:var(--soft)}
small{font-size:.72em;font-weight:400}
.soft{font-size:.9em}
.on-paper{display:none}
.none{color:var(--soft);font-style:italic}
.eyebrow{font-size:.86rem;font-weight:600;margin:0}
.status{display:inline-block;margin-left:8px;padding:1px 10px;border-radius:99px;font-weight:640}
.completed{color:var(--good);background:var(--goodfill)}
.rolled-back{color:var(--warn);background:var(--warnfill)}
.needs-a-person{color:var(--bad);background:var(--badfill)}
time{white-space:nowrap}
.lead{font-size:1.14rem;line-height:1.5;margin:1em 0 0;max-width:44em;text-wrap:pretty}
.reason{border-left:3px solid var(--warn);padding:2px 0 2px 14px;margin:1em 0;color:var(--soft)}
.numbers{list-style:none;margin:28px 0 34px;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(158px,1fr));gap:20px 24px}
.numbers li{border-top:2px solid var(--rule);padding-top:8px}
.numbers b{display:block;font-size:1.32rem;font-weight:640;letter-spacing:-.01em;line-height:1.3}
.numbers b .none{font-size:1rem;font-weight:400;letter-spacing:0}
.numbers span{font-size:.84rem;color:var(--soft)}
#warnings{border:0;background:var(--warnfill);border-radius:8px;padding:18px 22px;margin-bottom:30px}
#warnings h2{font-size:1rem;margin:0;color:var(--warn)}
#warnings ul{margin:.4em 0 0;padding-left:1.2em}
dl{margin:0}
dl>div{display:grid;grid-template-columns:11.5em 1fr;gap:0 16px;padding:5px 0}
dl>div+div{border-top:1px solid var(--faint)}
dt{color:var(--soft)}
dd{margin:0;min-width:0}
.counts{margin-top:12px}
.scroll{overflow-x:auto;margin:10px 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{caption-side:bottom;text-align:left;color:var(--soft);padding-top:6px;font-size:.86rem}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);text-align:left;vertical-align:baseline}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--soft);font-weight:560;font-size:.84rem}
tbody th{font-weight:400}
.r{text-align:right;white-space:nowrap}
details.figures{margin-top:8px}
summary{cursor:pointer;color:var(--soft);font-size:.9rem}
summary:focus-visible{outline:2px solid var(--new);outline-offset:3px;border-radius:3px}
details.sql{border-bottom:1px solid var(--rule);padding:9px 0}
details.sql summary{color:var(--ink);font-size:1rem;font-weight:600}
details.sql summary .soft{font-weight:400}
pre{background:var(--faint);border-radius:6px;padding:12px 14px;margin:8px 0;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.45}
.key{display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.86rem;color:var(--soft);margin:6px 0}
.key i{display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:7px;vertical-align:middle;background:currentColor}
.key .p50{color:var(--p50)}.key .p95{color:var(--p95)}.key .p99{color:var(--p99)}
.key i.fill{height:11px;border-radius:3px}.key .old{color:var(--old)}.key .new{color:var(--new)}
.key i.failed{width:9px;height:9px;border-radius:50%;color:var(--bad)}
svg.chart{display:block;overflow:visible;margin:12px 0 4px}
svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;fill:var(--soft)}
svg .band.even{fill:var(--band)}svg .band.odd{fill:var(--band2)}svg .band.back{fill:var(--back)}
svg .grid{stroke:var(--rule);stroke-width:1}
svg .tick{stroke:var(--soft)}
svg text.value{font-size:11px}
svg text.value,.timeline text.row,.timeline text.took{paint-order:stroke;stroke:var(--ground);stroke-width:3px;stroke-linejoin:round}
svg text.phase{text-anchor:middle;font-size:11px}
svg .plot path{fill:none;vector-effect:non-scaling-stroke;stroke-width:1.6;stroke-linejoin:round;stroke-linecap:round}
svg path.p50{stroke:var(--p50)}svg path.p95{stroke:var(--p95)}svg .plot path.p99{stroke:var(--p99);stroke-width:1.2}svg path.new{stroke:var(--new)}
svg .plot path.fill{stroke:none}svg .plot path.fill.new{fill:var(--newfill)}svg .plot path.fill.old{fill:var(--oldfill)}
svg .plot path.wait{stroke:var(--p99);stroke-width:2}svg circle.wait{fill:var(--p99)}
svg circle.failed{fill:var(--bad)}
.timeline text.row{fill:var(--ink);font-size:13px}
.timeline text.took{text-anchor:end}
.timeline .track{stroke:var(--faint);stroke-width:6}
.timeline .bar{stroke:var(--new);stroke-width:6;stroke-linecap:round}
.timeline .bar.rollback{stroke:var(--bad)}
.timeline .bar.plan{stroke:var(--old)}
.mark{stroke:var(--old);stroke-dasharray:2 3}
.mark.alarm,.mark.rollback,.mark.failure{stroke:var(--bad)}
rect.dot{fill:var(--soft)}rect.decision{fill:var(--new)}rect.alarm,rect.rollback,rect.failure{fill:var(--bad)}
.timeline text.dot{fill:var(--ground);text-anchor:middle;font-size:10.5px;font-weight:700}
ol.marks{margin:14px 0 6px;padding-left:1.7em;font-size:.94rem}
ol.marks li{padding:2px 0}
ol.marks .when{color:var(--soft);display:inline-block;min-width:4.8em}
ol.marks .alarm,ol.marks .rollback,ol.marks .failure{color:var(--bad)}
.gate{border:1px solid var(--rule);border-radius:8px;padding:4px 18px 10px;margin:14px 0}
.gate h3{margin:.8em 0 .5em}
.items{list-style:none;margin:0;padding:0}
.items li{display:grid;grid-template-columns:1.3em minmax(0,1fr) minmax(0,1.2fr);gap:0 10px;padding:4px 0;border-top:1px solid var(--faint)}
.items .pass b{color:var(--good)}.items .fail b,.items .fail .measured{color:var(--bad)}
.override{color:var(--bad)}
footer{color:var(--soft);font-size:.86rem;padding-bottom:44px}
footer p{border-top:1px solid var(--rule);padding-top:14px}
@media (max-width:560px){
main{padding-top:24px}main,footer{padding-left:16px;padding-right:16px}
h1{font-size:1.55rem}time{white-space:nowrap}
.lead{font-size:1.05rem}
.numbers{grid-template-columns:1fr 1fr;gap:16px 18px}.numbers b{font-size:1.14rem}
dl>div{grid-template-columns:1fr;padding:7px 0}dt{font-size:.86rem}
svg .wide{display:none}
.items li{grid-template-columns:1.3em 1fr}.items .measured{grid-column:2;color:var(--soft)}
th,td{padding-right:7px}table{font-size:.85rem}
}
@media print{
:root{--ground:#fff;--ink:#000;--soft:#444;--rule:#ccc;--faint:#f3f3f3;--band:#f0f1f4;--band2:#fff;--new:#2a62c8;--newfill:#2a62c833;--old:#6b7480;--oldfill:#6b748033;--p50:#8fabdc;--p95:#2a62c8;--p99:#b26a00;--good:#1a7340;--goodfill:#fff;--bad:#b3261e;--badfill:#fff;--warn:#8a5300;--warnfill:#fff;--back:#b3261e14}
@page{size:A4;margin:16mm 15mm}
body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main,footer{max-width:none;padding:0}
main{padding-top:0}
h1{font-size:19pt}h2{font-size:13pt}time{white-space:nowrap}
.lead{font-size:11pt}
section{padding:14px 0 12px}
h2,h3,summary{break-after:avoid}
svg.chart,.gate,.scroll,.numbers li,tr,dl>div,.marks li{break-inside:avoid}
.scroll{overflow:visible}
.status,#warnings{border:1px solid currentColor}
details.figures{display:none}
.on-paper{display:block}
details.sql{padding:4px 0}
pre{font-size:8pt;border:1px solid #ddd}
svg .wide{display:inline}
}
`.trim();
