-- The words of a text at a third of the cost. What PostgreSQL's parser sees as more than a word (addresses,
-- hosts, paths, tags, entities, numbers, compounds) needs one of ten characters; without them all others end
-- a word anyway, and the words are the same. `translate` compares every character of a text with every one
-- it is given, 5 us for 100 bytes; ten times `replace` takes 0.6.

create function without_joints(given text) returns text language sql immutable parallel safe as $$
  select replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(given,
    '.', ' '), '-', ' '), '/', ' '), '@', ' '), '_', ' '), '&', ' '), '+', ' '), '<', ' '), '>', ' '), '~', ' ')
$$;
create or replace function words_of(given text) returns tsvector language sql immutable parallel safe as $$
  select strip(to_tsvector('simple', without_joints(
    case when octet_length(given) <= 100000 then given else left(given, 100000) end)))
$$;
create or replace function query_of(given text) returns tsquery language sql immutable parallel safe as $$
  select plainto_tsquery('simple', without_joints(given))
$$;
