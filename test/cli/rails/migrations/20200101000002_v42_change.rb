class V42Change < ActiveRecord::Migration[4.2]
  disable_ddl_transaction!

  def up
    change_column :v42_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v42_people, :rank, :bigint, using: "rank::bigint"
    change_column :v42_people, :born_at, :datetime
    change_table :v42_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v42_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v42_people, :rank
    remove_index :v42_people, name: "v42_expression"
    remove_column :v42_people, :one, :string, default: ""
    remove_columns :v42_people, :two, :handle
    remove_foreign_key :v42_people, :v42_teams
    remove_foreign_key :v42_people, column: :friend_id
    remove_reference :v42_people, :place
    remove_timestamps :v42_people
    rename_index :v42_plain, "v42_plain_ab", "v42_plain_ba"
    execute "UPDATE v42_people SET rank = 1"
    drop_table :v42_bigs
    create_table(:v42_short, id: false) { |t| t.integer :a }
    rename_table :v42_short, :v42_long
    create_table :v42_long, force: :cascade
    drop_join_table :v42_teams, :v42_people
    drop_table :v42_gone, if_exists: true, force: :cascade
    add_index :v42_people, :boss_id, algorithm: :concurrently, name: "v42_boss"
    remove_index :v42_people, name: "v42_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    true
  end
end
