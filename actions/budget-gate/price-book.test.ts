import { calibrated, findPrice, parsePriceBook, stalePrices } from './price-book.ts';
import { book } from './test/pricing.ts';

/** Unit prices of us-east-1 as they were checked in November 2026. */
const CHECKED: Readonly<Record<string, number>> = {
  'fargate.x86.vcpu_h': 0.04048,
  'fargate.x86.gb_h': 0.004445,
  'fargate.arm.vcpu_h': 0.03238,
  'fargate.arm.gb_h': 0.00356,
  'fargate.ephemeral_gb_h_over20': 0.000111,
  'rds.pg.t3.micro_h': 0.018,
  'rds.pg.t4g.micro_h': 0.016,
  'rds.gp3_gb_mo': 0.115,
  'rds.backup_gb_mo_over_free': 0.095,
  'cache.redis.t3.micro_h': 0.017,
  'cache.valkey.t4g.micro_h': 0.0128,
  'cache.redis.t4g.micro_h': 0.016,
  'cache.valkey.t3.micro_h': 0.0136,
  alb_h: 0.0225,
  alb_lcu_h: 0.008,
  ipv4_h: 0.005,
  nat_h: 0.045,
  nat_gb: 0.045,
  'ec2.t4g.nano_h': 0.0042,
  'ebs.gp3_gb_mo': 0.08,
  'waf.acl_mo': 5,
  'waf.rule_mo': 1,
  'waf.req_M': 0.6,
  'waf.botcontrol_mo': 10,
  'cloudfront.us_gb': 0.085,
  'cloudfront.https_10k': 0.01,
  's3.std_gb': 0.023,
  's3.put_1k': 0.005,
  's3.get_1k': 0.0004,
  's3.ia_gb': 0.0125,
  'cw.dashboard_mo': 3,
  'cw.alarm_std_mo': 0.1,
  'cw.metric_mo': 0.3,
  'cw.logs_in_gb': 0.5,
  'cw.logs_gb_mo': 0.03,
  flowlogs_to_s3_gb: 0.25,
  secrets_mo: 0.4,
  secrets_api_10k: 0.05,
  'r53.zone_mo': 0.5,
  'r53.q_M': 0.4,
  ecr_gb_mo: 0.1,
  dto_gb: 0.09,
  interaz_gb_each_way: 0.01,
  'config.item': 0.003,
  'config.eval': 0.001,
  'guardduty.events_M': 4,
  'guardduty.flow_dns_gb': 1,
  'kms.key_mo': 1,
  'ce.request': 0.01,
};

describe('the price book', () => {
  it.each(Object.entries(CHECKED))('%s is $%d', (key, usd) => {
    expect(book.prices[key]?.usd).toBe(usd);
  });

  it('has Spot as a range around what was seen', () => {
    expect(book.prices['fargate.spot.arm.vcpu_h']?.range?.expected).toBe(0.01030969);
    expect(book.prices['fargate.spot.arm.gb_h']?.range?.expected).toBe(0.00113349);
    expect(book.prices['fargate.spot.x86.vcpu_h']?.range?.expected).toBe(0.01288871);
    expect(book.prices['fargate.spot.x86.gb_h']?.range?.expected).toBe(0.00141527);
    for (const [key, { range }] of Object.entries(book.prices)) {
      if (range)
        expect([key, range.low <= range.expected && range.expected <= range.high]).toEqual([key, true]);
    }
  });

  it('has the free tier that every account has, and no other', () => {
    const free = Object.entries(book.prices).flatMap(([key, price]) =>
      price.free ? [[key, price.free]] : [],
    );
    expect(Object.fromEntries(free)).toMatchObject({
      'cloudfront.us_gb': 1024,
      'cloudfront.https_10k': 1000,
      'cw.dashboard_mo': 3,
      'cw.alarm_std_mo': 10,
      'cw.metric_mo': 10,
      'cw.logs_in_gb': 5,
      dto_gb: 100,
    });
  });

  it('selects by no attribute of a decoy', () => {
    const usageTypes = Object.values(book.prices).map((price) => price.attributes?.usagetype ?? '');
    const decoys = /^TS-|ReservedLCU|ExtendedSupport.*NodeUsage|RecordedDaily/;
    expect(usageTypes.filter((type) => decoys.test(type))).toEqual([]);
  });

  it('sells CloudFront from us-east-1, wherever the stack is', () => {
    expect(findPrice([book], 'eu-west-1', 'cloudfront.us_gb')?.usd).toBe(0.085);
    expect(findPrice([book], 'eu-west-1', 'alb_h')).toBeUndefined();
  });

  it('refuses prices of nothing, and prices that are both certain and a range', () => {
    const entry = { unit: 'hour', asOf: '2026-11-01', source: 'test', confidence: 'A' };
    const parse = (price: object) => () =>
      parsePriceBook({ region: 'x', currency: 'USD', prices: { a: { ...entry, ...price } } }, 'x.json');
    expect(parse({ usd: 0 })).toThrow('price book x.json at prices › a › usd: must be more than 0');
    expect(parse({})).toThrow('must have usd or range');
    expect(parse({ usd: 1, range: { low: 1, expected: 1, high: 1 } })).toThrow('must have usd or range');
  });

  it('warns, then fails, when a price is old', () => {
    const on = (date: string, key: string) =>
      stalePrices([book], [{ region: 'us-east-1', key }], new Date(date))[0]?.severity;
    // List prices are of 2026-11-01: 90 days, then 180. Spot is of 2026-09-28: 60 days, then 120.
    expect(on('2027-01-30', 'alb_h')).toBeUndefined();
    expect(on('2027-01-31', 'alb_h')).toBe('warn');
    expect(on('2027-05-01', 'alb_h')).toBe('fail');
    expect(on('2026-11-27', 'fargate.spot.arm.gb_h')).toBeUndefined();
    expect(on('2026-11-28', 'fargate.spot.arm.gb_h')).toBe('warn');
    expect(on('2027-01-27', 'fargate.spot.arm.gb_h')).toBe('fail');
  });

  it('takes the Spot price that was really paid, within a range that holds it', () => {
    const paid = calibrated([book], 'us-east-1', new Map([['fargate.spot.arm.gb_h', 0.002]]));
    expect(findPrice(paid, 'us-east-1', 'fargate.spot.arm.gb_h')?.range).toMatchObject({
      expected: 0.002,
      high: 0.002,
    });
    expect(findPrice(paid, 'us-east-1', 'alb_h')?.usd).toBe(0.0225);
  });
});
