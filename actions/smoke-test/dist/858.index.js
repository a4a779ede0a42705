export const id=858;export const ids=[858,838];export const modules={3838:((e,t,s)=>{s.d(t,{summaryOf:()=>i});var n=s(6019);let r={PASS:"\u2705",FAIL:"\u274C",INCONCLUSIVE:"\u2754",SKIPPED:"\u2796"};function i(e){var t,s;let i,o,u,$;return[`## ${r[e.verdict]} ${(0,n.Hn)(e.sentence)}`,...e.load?[(i=(t=e.load).objectives.map(e=>[r[e.verdict],function({name:e,scope:t}){let s={errors:"Unexpected answers",latency:"Slow answers",availability:"Not available (no answer or 5xx)",slowdown:"Median against blue"};return"all"===t?s[e]:`${s[e]}, ${t}`}(e),a(e,e.value),`${a(e,e.lower)} \u{2013} ${a(e,e.upper)}`,String(e.requests),`< ${a(e,e.limit)}`,void 0===e.blue?"\u2013":a(e,e.blue),(0,n.Hn)(e.reason??"")]),o=[["green",t.green],...t.blue?[["blue",t.blue]]:[],...Object.entries(t.services)].map(([e,t])=>[e,String(t.requests),String(t.failed),(0,n.ms)(t.p50),(0,n.ms)(t.p95),(0,n.ms)(t.p99),(0,n.ms)(t.max)]),u=t.extended?", extended once":"",[`### Service levels under ${t.rate} requests/s for ${t.durationMs/1e3} s${u}`,(0,n.tp)(["","Objective","Seen","True value (95%)","N","Limit","Blue",""],i),(0,n.tp)(["Latency","N","Failed","p50","p95","p99","Max"],o),`The generator sent ${(0,n.ms)(t.lag.p99)} late at its p99, ${(0,n.ms)(t.lag.max)} at most.`].join(`

`))]:[],function({checks:e}){let t=e.filter(({failure:e})=>void 0!==e);return 0===t.length?"":["### Failures",...t.map(({suite:e,check:t,class:s,passed:r,failed:i,failure:a})=>{if(!a)return"";let l=a.requestId?` (request ${a.requestId})`:"";return`**${(0,n.Hn)(e)}: ${(0,n.Hn)(t)}** is ${s}: ${i} of ${r+i} failed, at \`${a.file}:${a.line}\`

${(0,n.Hn)(a.step)}: ${(0,n.Hn)(a.message)}${l}

\`\`\`sh
${a.curl}
\`\`\``})].join(`

`)}(e),...e.probe?[function(e){let{fresh:t,kept:s}=e.connections,r=Object.entries(e.failures).map(([e,t])=>`${t} \xd7 ${e}`);return["### Availability while traffic shifted",`${e.lost} of ${e.requests} requests lost: at most ${(0,n.KN)(e.lostAtMost)} of all (95%). ${r.join(", ")}`,`Fresh connections: ${t.lost} of ${t.requests} lost; kept-alive ones: ${s.lost} of ${s.requests}.`,`\`\`\`
asked ${(0,n.KM)(e.timeline.map(({requests:e})=>e))}
lost  ${(0,n.KM)(e.timeline.map(({lost:e})=>e))}
\`\`\``,(0,n.tp)(["Service","Version","From","To","Answers"],e.versions.map(({service:e,version:t,from:s,to:r,requests:i})=>[e,(0,n.Hn)(t),s,r,String(i)]))].join(`

`)}(e.probe)]:[],...e.aws?[["### CloudWatch",...($=(s=e.aws).alarms.map(({name:e,state:t,reason:s})=>[e,t,(0,n.Hn)(s)])).length>0?[(0,n.tp)(["Alarm","State","Reason"],$)]:[],...null===s.loadBalancer5xx?[]:[`5xx in these minutes: ${s.loadBalancer5xx} by the load balancer, ${s.target5xx??0} by its targets.`]].join(`

`)]:[],function({checks:e}){let t=e.filter(({verdict:e})=>"SKIPPED"!==e);if(0===t.length)return"";let s=t.map(({verdict:e,suite:t,check:s,passed:i,failed:a,milliseconds:l})=>[r[e],(0,n.Hn)(t),(0,n.Hn)(s),`${i} of ${i+a}`,(0,n.ms)(l)]);return`<details><summary>${l(t.length)}</summary>

${(0,n.tp)(["","Suite","Check","Passed","Took"],s)}

</details>`}(e),function({checks:e,on:t}){let s=e.filter(({verdict:e})=>"SKIPPED"===e);if(0===s.length)return"";let r=[...Map.groupBy(s,({suite:e,reason:t})=>`${e}
${t}`).values()].map(e=>[(0,n.Hn)(e[0]?.suite??""),(0,n.Hn)(e.map(({check:e})=>e).join(", ")),(0,n.Hn)(e[0]?.reason??"")]);return`### ${l(s.length)} not run on ${t}

${(0,n.tp)(["Suite","Checks","Why"],r)}`}(e),...e.notes.map(e=>`> ${e}`)].filter(e=>""!==e).join(`

`)}function a({name:e},t){return null===t?"\u2013":"slowdown"===e?`\xd7 ${t.toFixed(2)}`:(0,n.KN)(t)}let l=e=>`${e} check${1===e?"":"s"}`}),858:((e,t,s)=>{s.d(t,{writeReports:()=>c});var n=s(3024),r=s(6760),i=s(6019);function a(e,t){let s=e=>t.filter(t=>t.verdict===e).length,n=`tests="${t.length}" failures="${s("FAIL")}" errors="${s("INCONCLUSIVE")}" skipped="${s("SKIPPED")}"`;return[`  <testsuite name="${(0,i._n)(e)}" ${n}>`,...t.map(({text:e})=>e),"  </testsuite>"].join(`
`)}function l(e){return{verdict:e.verdict,text:u(e.suite,e.check,e.milliseconds/1e3,function({verdict:e,class:t,failure:s,reason:n,passed:r,failed:a}){if("SKIPPED"===e)return`<skipped message="${(0,i._n)(n??"")}"/>`;if(!s)return"PASS"===e?"":o("error",e,n??"nothing was asked");let l=`${s.file}:${s.line}:${s.column}
${s.curl}`,u=o("FAIL"===e?"failure":"error",t??e,s.message,l);return"partial"===t?`${u}${o("flakyFailure",t,`${a} of ${r+a} failed`)}`:u}(e))}}function o(e,t,s,n=""){return`<${e} type="${(0,i._n)(t)}" message="${(0,i._n)(s)}">${(0,i._n)(n)}</${e}>`}function u(e,t,s,n){return`    <testcase classname="${(0,i._n)(e)}" name="${(0,i._n)(t)}" time="${s}">${n}</testcase>`}var $=s(3838);function c(e,t){let s,i,c,m,d;(0,n.mkdirSync)(t,{recursive:!0});let p=(e,s)=>{let i=(0,r.join)(t,e);return(0,n.writeFileSync)(i,s),i};return{verdict:p("verdict.json",`${JSON.stringify(e,null,2)}
`),junit:p("junit.xml",(s=[...Map.groupBy(e.checks,({suite:e})=>e)].map(([e,t])=>a(e,t.map(l))),i=(e.load?.objectives??[]).map(({name:e,scope:t,verdict:s,value:n,limit:r,reason:i})=>({verdict:s,text:u("load",`${e} (${t})`,0,"PASS"===s?"":o("failure",s,i??`${n}, limit ${r}`))})),['<?xml version="1.0" encoding="UTF-8"?>','<testsuites name="smoke-test">',...s,...i.length>0?[a("load",i)]:[],"</testsuites>",""].join(`
`))),ctrf:p("ctrf.json",`${JSON.stringify((c={PASS:"passed",FAIL:"failed",INCONCLUSIVE:"other",SKIPPED:"skipped"},m=[...e.checks.map(e=>({name:e.check,status:c[e.verdict],duration:e.milliseconds,suite:[e.suite],tags:e.tags,filePath:e.file,line:e.failure?.line??e.line,...e.failure?{message:e.failure.message,trace:e.failure.curl}:{}})),...(e.load?.objectives??[]).map(({name:t,scope:s,verdict:n,reason:r})=>({name:`${t} (${s})`,status:c[n],duration:e.load?.durationMs??0,suite:["load"],...r?{message:r}:{}}))],d=e=>m.filter(t=>t.status===e).length,{reportFormat:"CTRF",specVersion:"0.0.0",results:{tool:{name:"pika-smoke-test"},summary:{tests:m.length,passed:d("passed"),failed:d("failed"),pending:0,skipped:d("skipped"),other:d("other"),start:Date.parse(e.startedAt),stop:Date.parse(e.finishedAt)},tests:m}}),null,2)}
`),summary:p("summary.md",`${(0,$.summaryOf)(e)}
`)}}})};