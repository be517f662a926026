-- What the shipped migrations for MySQL need: people of a small shop, and what they ordered.

CREATE TABLE users (
  id         BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  email      VARCHAR(190) NOT NULL,
  name       VARCHAR(120),
  country    CHAR(2),
  last_seen  DATETIME(3),
  created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  UNIQUE KEY by_email (email),
  KEY by_created_at (created_at)
);

CREATE TABLE orders (
  id         BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  user_id    BIGINT UNSIGNED NOT NULL,
  amount     INT NOT NULL DEFAULT 0, -- cents
  currency   CHAR(3) NOT NULL DEFAULT 'EUR',
  status     ENUM('placed', 'paid', 'shipped', 'returned') NOT NULL DEFAULT 'placed',
  created_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY by_user (user_id),
  CONSTRAINT orders_of_users FOREIGN KEY (user_id) REFERENCES users (id)
);

CREATE TABLE coupons (
  code       VARCHAR(20) PRIMARY KEY,
  percent    TINYINT UNSIGNED NOT NULL,
  valid_to   DATE
);

CREATE TABLE visits (
  id         INT AUTO_INCREMENT PRIMARY KEY,
  page       VARCHAR(190) NOT NULL,
  seconds    SMALLINT UNSIGNED,
  seen_at    DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  KEY by_page (page, seen_at DESC)
);

CREATE TABLE plans (
  code       VARCHAR(20) PRIMARY KEY,
  price      INT NOT NULL -- cents a month
);
INSERT INTO plans VALUES ('free', 0), ('team', 900);

CREATE TABLE subscriptions (
  id         BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
  plan       VARCHAR(20) NOT NULL DEFAULT 'free',
  seats      INT NOT NULL DEFAULT 1,
  KEY by_plan (plan),
  CONSTRAINT known_plan CHECK (plan IN ('free', 'team'))
);
