-- Tables that differ in one thing each. Keys are plain columns, for tools that refuse identity columns.

CREATE TABLE public.narrow (
  id         bigint PRIMARY KEY,
  amount     integer NOT NULL, -- cents
  created_at timestamptz NOT NULL DEFAULT now()
);

-- About a thousand bytes a row, and two indexes more.
CREATE TABLE public.wide (
  id         bigint PRIMARY KEY,
  amount     integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  status     text NOT NULL DEFAULT 'placed',
  line_1     char(120) NOT NULL,
  line_2     char(120) NOT NULL,
  line_3     char(120) NOT NULL,
  line_4     char(120) NOT NULL,
  line_5     char(120) NOT NULL,
  line_6     char(120) NOT NULL,
  line_7     char(120) NOT NULL,
  line_8     char(120) NOT NULL
);

CREATE INDEX wide_created_at ON public.wide (created_at);
CREATE INDEX wide_status ON public.wide (status, created_at);

CREATE TABLE public.by_uuid (
  id         uuid PRIMARY KEY,
  amount     integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
