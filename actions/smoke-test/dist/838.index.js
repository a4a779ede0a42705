export const id=838;export const ids=[838];export const modules={3838:((e,t,n)=>{n.d(t,{summaryOf:()=>a});var s=n(6019);let r={PASS:"\u2705",FAIL:"\u274C",INCONCLUSIVE:"\u2754",SKIPPED:"\u2796"};function a(e){var t,n;let a,i,o,u;return[`## ${r[e.verdict]} ${(0,s.Hn)(e.sentence)}`,...e.load?[(a=(t=e.load).objectives.map(e=>[r[e.verdict],function({name:e,scope:t}){let n={errors:"Unexpected answers",latency:"Slow answers",availability:"Not available (no answer or 5xx)",slowdown:"Median against blue"};return"all"===t?n[e]:`${n[e]}, ${t}`}(e),(0,s.SP)(e,e.value),`${(0,s.SP)(e,e.lower)} \u{2013} ${(0,s.SP)(e,e.upper)}`,String(e.requests),`< ${(0,s.SP)(e,e.limit)}`,void 0===e.blue?"\u2013":(0,s.SP)(e,e.blue),(0,s.Hn)(e.reason??"")]),i=[["green",t.green],...t.blue?[["blue",t.blue]]:[],...Object.entries(t.services)].map(([e,t])=>[e,String(t.requests),String(t.failed),(0,s.ms)(t.p50),(0,s.ms)(t.p95),(0,s.ms)(t.p99),(0,s.ms)(t.max)]),o=t.extended?", extended once":"",[`### Service levels under ${t.rate} requests/s for ${t.durationMs/1e3} s${o}`,(0,s.tp)(["","Objective","Seen","True value (95%)","N","Limit","Blue",""],a),(0,s.tp)(["Latency","N","Failed","p50","p95","p99","Max"],i),`The generator sent ${(0,s.ms)(t.lag.p99)} late at its p99, ${(0,s.ms)(t.lag.max)} at most.`].join(`

`))]:[],function({checks:e}){let t=e.filter(({failure:e})=>void 0!==e);return 0===t.length?"":["### Failures",...t.map(({suite:e,check:t,class:n,passed:r,failed:a,failure:l})=>{if(!l)return"";let i=l.requestId?` (request ${l.requestId})`:"";return`**${(0,s.Hn)(e)}: ${(0,s.Hn)(t)}** is ${n}: ${a} of ${r+a} failed, at \`${l.file}:${l.line}\`

${(0,s.Hn)(l.step)}: ${(0,s.Hn)(l.message)}${i}

\`\`\`sh
${l.curl}
\`\`\``})].join(`

`)}(e),...e.probe?[function(e){let{fresh:t,kept:n}=e.connections,r=Object.entries(e.failures).map(([e,t])=>`${t} \xd7 ${e}`);return["### Availability while traffic shifted",`${e.lost} of ${e.requests} requests lost: at most ${(0,s.KN)(e.lostAtMost)} of all (95%). ${r.join(", ")}`,`Fresh connections: ${t.lost} of ${t.requests} lost; kept-alive ones: ${n.lost} of ${n.requests}.`,`Requests over time, ${function({timeline:e}){let[t,n]=e.map(({at:e})=>Date.parse(e)),r=(n??0)-(t??0);return r>=1e3?`${(r/1e3).toFixed(1)} s`:(0,s.ms)(r)}(e)} a column:`,`\`\`\`
asked ${(0,s.KM)(e.timeline.map(({requests:e})=>e))}
lost  ${(0,s.KM)(e.timeline.map(({lost:e})=>e))}
\`\`\``,(0,s.tp)(["Service","Version","From","To","Answers"],e.versions.map(({service:e,version:t,from:n,to:r,requests:a})=>[e,(0,s.Hn)(t),n,r,String(a)]))].join(`

`)}(e.probe)]:[],...e.aws?[["### CloudWatch",...(u=(n=e.aws).alarms.map(({name:e,state:t,reason:n})=>[e,t,(0,s.Hn)(n)])).length>0?[(0,s.tp)(["Alarm","State","Reason"],u)]:[],...null===n.loadBalancer5xx?[]:[`5xx in these minutes: ${n.loadBalancer5xx} by the load balancer, ${n.target5xx??0} by its targets.`]].join(`

`)]:[],function({checks:e}){let t=e.filter(({verdict:e})=>"SKIPPED"!==e);if(0===t.length)return"";let n=t.map(({verdict:e,suite:t,check:n,passed:a,failed:l,milliseconds:i})=>[r[e],(0,s.Hn)(t),(0,s.Hn)(n),`${a} of ${a+l}`,(0,s.ms)(i)]);return`<details><summary>${l(t.length)}</summary>

${(0,s.tp)(["","Suite","Check","Passed","Took"],n)}

</details>`}(e),function({checks:e,on:t}){let n=e.filter(({verdict:e})=>"SKIPPED"===e);if(0===n.length)return"";let r=[...Map.groupBy(n,({suite:e,reason:t})=>`${e}
${t}`).values()].map(e=>[(0,s.Hn)(e[0]?.suite??""),(0,s.Hn)(e.map(({check:e})=>e).join(", ")),(0,s.Hn)(e[0]?.reason??"")]);return`### ${l(n.length)} not run on ${t}

${(0,s.tp)(["Suite","Checks","Why"],r)}`}(e),...e.notes.map(e=>`> ${e}`)].filter(e=>""!==e).join(`

`)}let l=e=>`${e} check${1===e?"":"s"}`})};