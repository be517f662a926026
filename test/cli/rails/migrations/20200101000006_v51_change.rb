class V51Change < ActiveRecord::Migration[5.1]
  disable_ddl_transaction!

  def up
    change_column :v51_people, :wage, :string, limit: 40, default: "none", null: true
    change_column :v51_people, :rank, :bigint, using: "rank::bigint"
    change_column :v51_people, :born_at, :datetime
    change_table :v51_people do |t|
      t.string :nick, :other
      t.remove :wage
      t.rename :nick, :handle
      t.index :handle
      t.change :handle, :text
      t.change_default :handle, "x"
      t.references :place
    end
    change_table :v51_people, bulk: true do |t|
      t.string :one, null: false, default: ""
      t.integer :two
      t.remove :other
      t.index :two
    end
    remove_index :v51_people, :rank
    remove_index :v51_people, name: "v51_expression"
    remove_column :v51_people, :one, :string, default: ""
    remove_columns :v51_people, :two, :handle
    remove_foreign_key :v51_people, :v51_teams
    remove_foreign_key :v51_people, column: :friend_id
    remove_reference :v51_people, :place
    remove_timestamps :v51_people
    rename_index :v51_plain, "v51_plain_ab", "v51_plain_ba"
    execute "UPDATE v51_people SET rank = 1"
    drop_table :v51_bigs
    create_table(:v51_short, id: false) { |t| t.integer :a }
    rename_table :v51_short, :v51_long
    create_table :v51_long, force: :cascade
    drop_join_table :v51_teams, :v51_people
    drop_table :v51_gone, if_exists: true, force: :cascade
    add_index :v51_people, :boss_id, algorithm: :concurrently, name: "v51_boss"
    remove_index :v51_people, name: "v51_boss", algorithm: :concurrently
    enable_extension "plpgsql"
    true
  end
end
