class V72Change < ActiveRecord::Migration[7.2]
  disable_ddl_transaction!

  def up
    change_column :v72_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v72_people, :rank, :bigint, using: "rank::bigint"
    change_column :v72_people, :born_at, :datetime
    change_table :v72_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v72_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v72_people, :rank
    remove_index :v72_people, name: "v72_expression"
    remove_column :v72_people, :one, :string, default: ""
    remove_columns :v72_people, :two, :handle
    remove_foreign_key :v72_people, :v72_teams
    remove_foreign_key :v72_people, column: :friend_id
    remove_reference :v72_people, :place
    remove_timestamps :v72_people
    rename_index :v72_plain, "v72_plain_ab", "v72_plain_ba"
    execute "UPDATE v72_people SET rank = 1"
    drop_table :v72_bigs
    create_table(:v72_short, id: false) { |t| t.integer :a }
    rename_table :v72_short, :v72_long
    create_table :v72_long, force: :cascade
    drop_join_table :v72_teams, :v72_people
    drop_table :v72_gone, if_exists: true, force: :cascade
    add_index :v72_people, :boss_id, algorithm: :concurrently, name: "v72_boss"
    remove_index :v72_people, name: "v72_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    add_check_constraint :v72_people, "rank > 0", name: "v72_rank", validate: false
    validate_check_constraint :v72_people, name: "v72_rank"
    remove_check_constraint :v72_people, name: "v72_rank"
    add_check_constraint :v72_people, "rank < 100"
    add_unique_constraint :v72_people, [:rank, :boss_id], deferrable: :deferred
    add_exclusion_constraint :v72_people, "rank WITH =", using: :btree, name: "v72_excl"
    add_index :v72_teams, [:name, :about, :founded, :opens, :left_at, :seen_at]
    add_foreign_key :v72_people, :v72_people, column: :friend_id, validate: false, on_update: :restrict
    validate_foreign_key :v72_people, column: :friend_id
    change_column_comment :v72_people, :rank, "how high"
    change_table_comment :v72_people, from: nil, to: "us"
    add_column :v72_people, :doubled, :virtual, type: :integer, as: "id * 2", stored: true
    add_index :v72_people, :boss_id, include: [:rank], nulls_not_distinct: true, unique: true, name: "v72_inc"
    add_column :v72_people, :at, :datetime, precision: nil, comment: "it's"
  end
end
