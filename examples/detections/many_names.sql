-- title: A host asks for very many different names
-- level: low
-- tags: attack.command-and-control, attack.t1071.004
-- window: 1h
select
    site,
    orig_h,
    count(distinct query) as names,
    count(*) as queries,
    min(ts_ns) as first_seen_ns,
    max(ts_ns) as last_seen_ns,
from dns
where query is not null
group by site, orig_h
having count(distinct query) >= 60
