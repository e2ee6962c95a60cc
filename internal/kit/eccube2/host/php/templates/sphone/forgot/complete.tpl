<h1>パスワードを再発行しました</h1><p>新しいパスワード <b id="new"><!--{$arrForm.new_password|h}--></b></p>
