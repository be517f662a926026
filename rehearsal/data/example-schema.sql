-- What the shipped migrations need: a small shop with people, where they live, what they ordered, and coupons; and a schema
-- of the team that is to have the people.

CREATE SCHEMA accounts;

CREATE TABLE public.users (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email      text NOT NULL UNIQUE,
  name       text,
  country    char(2),
  last_seen  timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX users_created_at ON public.users (created_at);

CREATE TABLE public.orders (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint NOT NULL REFERENCES public.users,
  amount     integer NOT NULL DEFAULT 0, -- cents
  currency   char(3) NOT NULL DEFAULT 'EUR',
  status     text NOT NULL DEFAULT 'placed' CHECK (status IN ('placed', 'paid', 'shipped', 'returned')),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orders_user_id ON public.orders (user_id);
CREATE INDEX orders_open ON public.orders (created_at) WHERE status <> 'shipped';

CREATE TABLE public.addresses (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id    bigint NOT NULL REFERENCES public.users,
  street     text NOT NULL,
  zip        text NOT NULL DEFAULT '',
  city       text NOT NULL CHECK (city <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX addresses_city_street ON public.addresses (city, street);

CREATE TABLE public.coupons (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code       varchar(32) NOT NULL UNIQUE,
  note       text,
  created_at timestamptz NOT NULL DEFAULT now()
);
