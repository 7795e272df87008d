#!/usr/bin/env node
// A framework in JavaScript, with nothing but Node's own modules: it runs the same command a few
// times over Mesos's v1 HTTP API, and ends when all of it has finished.
//
//   node examples/v1_scheduler.js --master=127.0.0.1:5050 --tasks=5 --command='sleep 1'
'use strict';
const http = require('http');

const options = {master: '127.0.0.1:5050', command: 'true', tasks: 3, cpus: 0.1, mem: 32,
                 user: 'root'};
const TERMINAL = new Set(['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR',
                          'TASK_DROPPED', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR', 'TASK_LOST']);
const PATH = '/api/v1/scheduler';

function fail(text) {
  console.error(text);
  process.exit(1);
}

for (const argument of process.argv.slice(2)) {
  const [, name, value] = argument.match(/^--(\w+)=(.*)$/s) || [];
  if (!(name in options)) {
    console.error(`${argument}: expected --name=value; names: ${Object.keys(options).join(', ')}`);
    process.exit(2);
  }
  options[name] = typeof options[name] === 'number' ? Number(value) : value;
}

// Two connections to the leading master: one hears events, the other says calls, one by one.
class Master {
  constructor(address) {
    this.address = address;
    this.agent = new http.Agent({keepAlive: true, maxSockets: 1});
    this.said = Promise.resolve();
    this.leaving = false;
  }

  post(call, headers, agent, heard) {
    const body = JSON.stringify(call);
    const request = http.request(`http://${this.address}${PATH}`, {
      method: 'POST', agent,
      headers: {'Content-Type': 'application/json', 'Accept': 'application/json',
                'Content-Length': Buffer.byteLength(body), ...headers}}, heard);
    request.on('error', (error) => fail(`${this.address}: ${error.message}`));
    request.end(body);
  }

  // Follows redirects to the master that leads.
  subscribe(framework, heard) {
    const call = {type: 'SUBSCRIBE', subscribe: {framework_info: framework}};
    this.post(call, {}, undefined, (response) => {
      if (response.statusCode === 307) {
        this.address = response.headers.location.match(/^\/\/([^/]+)/)[1];
        return this.subscribe(framework, heard);
      }
      if (response.statusCode !== 200) return fail(`the master refuses: ${response.statusCode}`);
      this.streamId = response.headers['mesos-stream-id'];
      // RecordIO: the length in decimal, a newline, so many bytes.
      let waiting = Buffer.alloc(0);
      response.on('data', (bytes) => {
        waiting = Buffer.concat([waiting, bytes]);
        for (;;) {
          const newline = waiting.indexOf(10);
          if (newline < 0) return;
          const end = newline + 1 + Number(waiting.subarray(0, newline));
          if (waiting.length < end) return;
          heard(JSON.parse(waiting.subarray(newline + 1, end)));
          waiting = waiting.subarray(end);
        }
      });
      response.on('end', () => this.leaving || fail('the master has closed the stream'));
    });
  }

  call(type, fields) {
    this.said = this.said.then(() => new Promise((done) => {
      const call = {type, framework_id: this.frameworkId, ...fields};
      this.post(call, {'Mesos-Stream-Id': this.streamId}, this.agent, (response) => {
        if (response.statusCode !== 202) return fail(`${type}: ${response.statusCode}`);
        response.resume();
        response.on('end', done);
      });
    }));
    return this.said;
  }
}

const master = new Master(options.master);
const ended = new Map();
let launched = 0;

function task(offer) {
  const id = `task-${++launched}`;
  const scalar = (name, value) => ({name, type: 'SCALAR', scalar: {value}});
  return {name: id, task_id: {value: id}, agent_id: offer.agent_id,
          command: {value: options.command},
          resources: [scalar('cpus', options.cpus), scalar('mem', options.mem)]};
}

function offered(offer) {
  const free = (name) => offer.resources.filter((r) => r.name === name && r.scalar)
                             .reduce((sum, r) => sum + r.scalar.value, 0);
  const fit = Math.floor(Math.min(free('cpus') / options.cpus, free('mem') / options.mem));
  const tasks = Array.from({length: Math.min(fit, options.tasks - launched)}, () => task(offer));
  if (tasks.length === 0) return master.call('DECLINE', {decline: {offer_ids: [offer.id]}});
  return master.call('ACCEPT', {accept: {offer_ids: [offer.id],
                                         operations: [{type: 'LAUNCH', launch: {task_infos: tasks}}],
                                         filters: {refuse_seconds: 1}}});
}

function updated(status) {
  const id = status.task_id.value;
  console.log(`${id} is ${status.state} ${status.message || ''}`.trimEnd());
  if (status.uuid) {
    master.call('ACKNOWLEDGE', {acknowledge: {agent_id: status.agent_id, task_id: status.task_id,
                                              uuid: status.uuid}});
  }
  if (TERMINAL.has(status.state)) ended.set(id, status.state);
  if (ended.size < options.tasks) return;
  const well = [...ended.values()].every((state) => state === 'TASK_FINISHED');
  master.leaving = true;
  master.call('TEARDOWN', {}).then(() => process.exit(well ? 0 : 1));
}

master.subscribe({name: 'node', user: options.user, roles: ['*'],
                  capabilities: [{type: 'MULTI_ROLE'}]}, (event) => {
  if (event.type === 'SUBSCRIBED') master.frameworkId = event.subscribed.framework_id;
  if (event.type === 'OFFERS') event.offers.offers.forEach(offered);
  if (event.type === 'UPDATE') updated(event.update.status);
  if (event.type === 'ERROR') fail(`the master says: ${event.error.message}`);
});
