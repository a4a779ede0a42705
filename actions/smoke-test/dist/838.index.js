export const id=838;export const ids=[838];export const modules={3838:(e,t,s)=>{s.d(t,{summaryOf:()=>a});var n=s(6019);let r={PASS:"✅",FAIL:"❌",INCONCLUSIVE:"❔",SKIPPED:"➖"};function a(e){var t,s;let a,i,o,u;return[`## ${r[e.verdict]} ${(0,n.Hn)(e.sentence)}`,...e.load?[(a=(t=e.load).objectives.map(e=>[r[e.verdict],function({name:e,scope:t}){let s={errors:"Unexpected answers",latency:"Slow answers",availability:"Not available (no answer or 5xx)",slowdown:"Median against blue"};return"all"===t?s[e]:`${s[e]}, ${t}`}(e),l(e,e.value),`${l(e,e.lower)} – ${l(e,e.upper)}`,String(e.requests),`< ${l(e,e.limit)}`,void 0===e.blue?"–":l(e,e.blue),(0,n.Hn)(e.reason??"")]),i=[["green",t.green],...t.blue?[["blue",t.blue]]:[],...Object.entries(t.services)].map(([e,t])=>[e,String(t.requests),String(t.failed),(0,n.ms)(t.p50),(0,n.ms)(t.p95),(0,n.ms)(t.p99),(0,n.ms)(t.max)]),o=t.extended?", extended once":"",[`### Service levels under ${t.rate} requests/s for ${t.durationMs/1e3} s${o}`,(0,n.tp)(["","Objective","Seen","True value (95%)","N","Limit","Blue",""],a),(0,n.tp)(["Latency","N","Failed","p50","p95","p99","Max"],i),`The generator sent ${(0,n.ms)(t.lag.p99)} late at its p99, ${(0,n.ms)(t.lag.max)} at most.`].join(`

`))]:[],function({checks:e}){let t=e.filter(({failure:e})=>void 0!==e);return 0===t.length?"":["### Failures",...t.map(({suite:e,check:t,class:s,passed:r,failed:a,failure:l})=>{if(!l)return"";let i=l.requestId?` (request ${l.requestId})`:"";return`**${(0,n.Hn)(e)}: ${(0,n.Hn)(t)}** is ${s}: ${a} of ${r+a} failed, at \`${l.file}:${l.line}\`

${(0,n.Hn)(l.step)}: ${(0,n.Hn)(l.message)}${i}

\`\`\`sh
${l.curl}
\`\`\``})].join(`

`)}(e),...e.probe?[function(e){let{fresh:t,kept:s}=e.connections,r=Object.entries(e.failures).map(([e,t])=>`${t} \xd7 ${e}`);return["### Availability while traffic shifted",`${e.lost} of ${e.requests} requests lost: at most ${(0,n.KN)(e.lostAtMost)} of all (95%). ${r.join(", ")}`,`Fresh connections: ${t.lost} of ${t.requests} lost; kept-alive ones: ${s.lost} of ${s.requests}.`,`\`\`\`
asked ${(0,n.KM)(e.timeline.map(({requests:e})=>e))}
lost  ${(0,n.KM)(e.timeline.map(({lost:e})=>e))}
\`\`\``,(0,n.tp)(["Service","Version","From","To","Answers"],e.versions.map(({service:e,version:t,from:s,to:r,requests:a})=>[e,(0,n.Hn)(t),s,r,String(a)]))].join(`

`)}(e.probe)]:[],...e.aws?[["### CloudWatch",...(u=(s=e.aws).alarms.map(({name:e,state:t,reason:s})=>[e,t,(0,n.Hn)(s)])).length>0?[(0,n.tp)(["Alarm","State","Reason"],u)]:[],...null===s.loadBalancer5xx?[]:[`5xx in these minutes: ${s.loadBalancer5xx} by the load balancer, ${s.target5xx??0} by its targets.`]].join(`

`)]:[],function({checks:e}){if(0===e.length)return"";let t=e.map(({verdict:e,suite:t,check:s,passed:a,failed:l,milliseconds:i,reason:o})=>[r[e],(0,n.Hn)(t),(0,n.Hn)(s),"SKIPPED"===e?(0,n.Hn)(o??""):`${a} of ${a+l}`,(0,n.ms)(i)]);return`<details><summary>${e.length} checks</summary>

${(0,n.tp)(["","Suite","Check","Passed","Took"],t)}

</details>`}(e),...e.notes.map(e=>`> ${e}`)].filter(e=>""!==e).join(`

`)}function l({name:e},t){return null===t?"–":"slowdown"===e?`\xd7 ${t.toFixed(2)}`:(0,n.KN)(t)}}};